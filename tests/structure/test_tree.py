# Rules about the source tree itself: who may include whom, how long a file may be, how files begin.
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The drawing in README: a folder and the folders that its sources may include.
ARROWS = {
    "common": set(),
    "arch": {"common"},
    "workloads": {"common"},
    "mapping": {"arch", "workloads", "common"},
    "sim": {"mapping", "arch", "workloads", "kernels", "common"},
    "rtl": {"sim", "mapping", "arch", "workloads", "common"},
    "validation": {"sim", "mapping", "arch", "workloads", "common"},
    "kernels": set(),
}

# The closed forms are evidence against the simulator, so they must not see it.
INDEPENDENT = {"validation/fusemax": {"validation/fusemax", "common"}, "validation/lamina": {"validation/lamina"}}


def tracked(*suffixes: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listing.splitlines()]
    return [file for file in files if file.exists() and (not suffixes or file.suffix in suffixes)]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


SOURCES = tracked(".cpp", ".h", ".py")


def includes(file: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read_text(), flags=re.MULTILINE)


def test_the_tree_is_found():
    assert len(SOURCES) > 30
    assert {name_of(file).split("/")[0] for file in SOURCES} >= {"common", "arch", "workloads", "mapping", "sim"}


@pytest.mark.parametrize("folder", ARROWS)
def test_includes_follow_the_arrows(folder):
    allowed = ARROWS[folder] | {folder}
    wrong = [f"{name_of(file)} includes {header}" for file in tracked(".cpp", ".h") if name_of(file).startswith(folder + "/")
             for header in includes(file) if header.split("/")[0] not in allowed]
    assert wrong == []


@pytest.mark.parametrize("folder", INDEPENDENT)
def test_evidence_does_not_see_the_simulator(folder):
    allowed = INDEPENDENT[folder]
    files = [file for file in tracked(".cpp", ".h") if name_of(file).startswith(folder + "/")]
    assert files
    wrong = [f"{name_of(file)} includes {header}" for file in files for header in includes(file)
             if not any(header.startswith(prefix + "/") for prefix in allowed)]
    assert wrong == []


def test_systemc_headers_stay_in_their_folder():
    wrong = [name_of(file) for file in tracked(".cpp", ".h")
             if re.search(r"#\s*include\s+<systemc", file.read_text()) and not name_of(file).startswith("sim/systemc/")]
    assert wrong == []


def test_includes_start_at_the_root():
    wrong = [f"{name_of(file)} includes {header}" for file in tracked(".cpp", ".h") for header in includes(file)
             if not (ROOT / header).exists()]
    assert wrong == []


def test_no_source_file_is_longer_than_400_lines():
    long_files = [f"{name_of(file)}: {lines}" for file in SOURCES
                  if (lines := len(file.read_text().splitlines())) > 400]
    assert long_files == []


def test_every_source_file_opens_with_what_it_is():
    wrong = [name_of(file) for file in SOURCES if not re.match(r"(//|#) \S", file.read_text())]
    assert wrong == []


def test_every_header_guards_itself():
    assert [name_of(file) for file in tracked(".h") if "#pragma once" not in file.read_text()] == []


def test_every_yaml_file_says_what_it_is_in_its_first_line():
    files = tracked(".yaml")
    assert len(files) > 10
    wrong = [name_of(file) for file in files if not re.match(r"# \S.*[.)]$", file.read_text().splitlines()[0])]
    assert wrong == []


def test_no_unfinished_work_is_left_in_the_sources():
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    wrong = [f"{name_of(file)}: {match.group(0)}" for file in SOURCES + tracked(".yaml", ".md", ".txt")
             if (match := words.search(file.read_text()))]
    assert wrong == []


def test_every_source_has_its_test_in_the_mirror_folder():
    # A test program a folder: a folder with sources and no tests at all would go unnoticed.
    for folder in ("common", "arch", "workloads", "mapping", "sim", "validation"):
        assert list((ROOT / "tests" / folder).glob("*_test.cpp")), folder


@pytest.mark.parametrize("script", ["simulate", "validate", "sweep", "run-tests", ".ci/run", ".ci/prepare.sh"])
def test_scripts_are_valid_bash_and_executable(script):
    file = ROOT / script
    subprocess.run(["bash", "-n", str(file)], check=True)
    if not script.endswith(".sh"):
        assert file.stat().st_mode & 0o111, "must be executable"


def test_simulate_starts_from_anywhere_and_through_a_link(tmp_path):
    if not (ROOT / "build" / "release" / ".built").exists():
        pytest.skip("the release build is made by the first ./simulate, not by the tests")
    link = tmp_path / "link"
    link.symlink_to(ROOT / "simulate")
    done = subprocess.run([link, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("attnsim ")
