# simulate energy: energy and area of stored results.
import json

import pytest

RUN = ["run", "--workload", "bert-base", "--seq-len", "1K", "--json"]


@pytest.fixture
def stored(simulate):
    def store(*arguments: str) -> dict:
        done = simulate(*RUN, *arguments)
        (simulate.folder / "result.json").write_text(done.out)
        return done.json()
    return store


def test_energy_of_a_stored_result_is_that_of_its_run(simulate, stored):
    result = stored("--arch", "flat-cloud", "--mapping", "unfused")
    again = simulate("energy", "result.json", "--json").json()
    assert again == {"energy_table": "accelergy-45nm", "energy_pj": result["energy_pj"],
                     "area_um2": result["area_um2"]}


def test_another_table_gives_what_a_run_with_it_gives(simulate, stored):
    other = stored("--set", "arch.energy_table=google-7nm")
    stored()
    again = simulate("energy", "result.json", "--table", "google-7nm", "--json").json()
    assert again == {"energy_table": "google-7nm", "energy_pj": other["energy_pj"], "area_um2": other["area_um2"]}


@pytest.mark.parametrize("key", ["energy_pj", "area_um2"])
def test_the_total_is_the_sum_of_the_components(stored, key):
    parts = stored()[key]
    total = parts.pop("total")
    assert total == sum(parts.values()) > 0


def test_the_engine_does_not_matter(stored):
    fast = stored("--arch", "tiny-8x8", "--set", "workload.batch=1", "--set", "workload.heads=1",
                  "--set", "workload.kv_heads=1")
    systemc = stored("--arch", "tiny-8x8", "--set", "workload.batch=1", "--set", "workload.heads=1",
                     "--set", "workload.kv_heads=1", "--engine", "systemc")
    assert fast["energy_pj"] == systemc["energy_pj"]
    assert fast["actions"] == systemc["actions"]


def test_the_text_lists_the_components_with_their_shares(simulate, stored):
    stored()
    lines = simulate("energy", "result.json").out.splitlines()
    assert lines[0] == "result.json with accelergy-45nm"
    assert [line.split("  ")[0 if line[0] != " " else 1].strip() for line in lines[1:]] == [
        "energy", "2D array", "1D array", "registers", "buffer", "DRAM", "links", "static",
        "area", "2D array", "1D array", "buffer"]
    shares = [float(line.split()[-2]) for line in lines[2:9]]
    assert abs(sum(shares) - 100) < 0.5


def test_a_table_of_the_user_is_read_from_its_file(simulate, stored):
    before = stored()["energy_pj"]
    (simulate.folder / "mine.yaml").write_text("# Mine.\nbase: accelergy-45nm\ndram: {pj_per_bit: 7.8}\n")
    after = simulate("energy", "result.json", "--table", "mine.yaml", "--json").json()["energy_pj"]
    assert after["dram"] == 2 * before["dram"]
    assert after["array_2d"] == before["array_2d"]


@pytest.mark.parametrize("arguments, code, message", [
    (["result.json", "--table", "google-8nm"], 3,
     "unknown energy table 'google-8nm'; did you mean 'google-7nm'?; known: accelergy-45nm, accelergy-45nm-fusemax, "
     "google-7nm, osu018-synthesised\n"),
    (["other.json"], 3, "other.json: no such file\n"),
    (["empty.json"], 3, "empty.json: missing key 'arch'; simulate the run again to have it\n"),
])
def test_errors_are_one_exact_line(simulate, stored, arguments, code, message):
    stored()
    (simulate.folder / "empty.json").write_text(json.dumps({}))
    done = simulate("energy", *arguments)
    assert (done.code, done.out, done.err) == (code, "", message)


def test_a_run_with_an_unknown_table_is_refused_before_it_starts(simulate):
    done = simulate(*RUN, "--set", "arch.energy_table=none")
    assert (done.code, done.out) == (3, "")
    assert done.err == ("unknown energy table 'none'; known: accelergy-45nm, accelergy-45nm-fusemax, google-7nm, "
                        "osu018-synthesised\n")
