# The command ./sweep: design-space exploration over the simulator. README.md describes sweep files and verbs.
import argparse
import os
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"yaml": "python3-yaml", "matplotlib": "python3-matplotlib", "jinja2": "python3-jinja2",
            "distributed": "python3-distributed", "optuna": "python3-optuna"}


def count(text: str) -> int:
    value = int(text) if text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1 (got {text})")
    return value


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def add_run_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", type=Path, metavar="FILE", help="the sweep file")
    verb.add_argument("--db", type=Path, metavar="RESULTS.db", help="where results are kept; default: out/NAME.db")
    verb.add_argument("--jobs", type=count, metavar="N", help="processes on this machine; default: one a core")
    verb.add_argument("--resume", action="store_true", help="go on with a database that is there")
    verb.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="compute on the Dask cluster at that address")
    verb.add_argument("--simulate", type=Path, default=ROOT / "build" / "release" / "simulate", metavar="COMMAND",
                      help="the built simulator")


def add_database(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("database", type=Path, metavar="RESULTS.db")
    verb.add_argument("--name", help="of the sweep, where the database holds several")


def parser() -> argparse.ArgumentParser:
    top = Parser(prog="sweep", description="Design-space exploration over the simulator: many points from one file.")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    run = verbs.add_parser("run", help="compute every point of a sweep file")
    add_run_options(run)
    run.add_argument("--dry-run", action="store_true", help="say how many points there are and how long they may take")
    search = verbs.add_parser("search", help="let an optimiser choose which points to compute")
    add_run_options(search)
    search.add_argument("--evaluations", type=count, default=500, metavar="N", help="points to simulate; default: 500")
    search.add_argument("--sampler", choices=["nsga2", "tpe", "random"], default="nsga2", help="default: nsga2")
    search.add_argument("--seed", type=int, default=0, metavar="N", help="of the optimiser; default: 0")
    search.add_argument("--random", action="store_true", help="besides, a random search of as many evaluations")
    add_database(verbs.add_parser("status", help="what is done, and what failed"))
    export = verbs.add_parser("export", help="every finished point, to stdout")
    add_database(export)
    export.add_argument("--csv", action="store_true", help="as CSV, which is the only form and the default")
    pareto = verbs.add_parser("pareto", help="the points that nothing beats in every objective")
    add_database(pareto)
    plot = verbs.add_parser("plot", help="pictures and one HTML page")
    add_database(plot)
    plot.add_argument("--out", type=Path, metavar="DIR", help="folder; default: the database's name without .db")
    plot.add_argument("--reports", type=int, default=8, metavar="N",
                      help="points of the front to simulate once more for a report of their own; default: 8")
    plot.add_argument("--simulate", type=Path, default=ROOT / "build" / "release" / "simulate", metavar="COMMAND",
                      help="the built simulator, for these reports")
    return top


def run_points(options: argparse.Namespace) -> int:
    from attnsim_sweeps import plan as planning
    from attnsim_sweeps import reading, running, sweep_file
    from attnsim_sweeps.store import Store

    sweep = sweep_file.read(options.file)
    planning.check_size(sweep)
    plan = planning.make_plan(sweep, options.simulate.absolute())
    database = options.db or Path("out") / f"{sweep.name}.db"
    places = running.Places(options.jobs, options.scheduler)
    planning.check_with_simulator(plan)
    if options.dry_run:
        print(running.dry_run(plan, database, places.local_jobs()))
        return 0
    running.check_database(database, options.resume)
    pool = places.open(plan)
    try:
        with Store(database, create=True, write=True) as store:
            store.define(sweep.name, options.file.absolute(), sweep.text, plan.version)
            running.compute_missing(plan, store, pool)
            print(reading.status(store, sweep.name))
            print(f"wrote {database}")
    finally:
        pool.close()
    return 0


def search_points(options: argparse.Namespace) -> int:
    from attnsim_sweeps import plan as planning
    from attnsim_sweeps import running, searching, sweep_file
    from attnsim_sweeps.store import Store

    sweep = sweep_file.read(options.file)
    plan = planning.make_plan(sweep, options.simulate.absolute())
    database = options.db or Path("out") / f"{sweep.name}.db"
    planning.check_with_simulator(plan)
    running.check_database(database, options.resume)
    pool = running.Places(options.jobs, options.scheduler).open(plan)
    samplers = [options.sampler] + (["random"] if options.random and options.sampler != "random" else [])
    try:
        with Store(database, create=True, write=True) as store:
            store.define(sweep.name, options.file.absolute(), sweep.text, plan.version)
            for sampler in samplers:
                searching.search(plan, store, pool, searching.Settings(sampler, options.seed, options.evaluations))
            print(searching.report(plan, store))
            print(f"wrote {database}")
    finally:
        pool.close()
    return 0


def read_database(options: argparse.Namespace) -> int:
    from attnsim_sweeps import reading, table
    from attnsim_sweeps.store import Store

    with Store(options.database) as store:
        if options.verb == "status":
            print(reading.status(store, options.name))
            return 0
        found = reading.contents(store, options.name)
    if options.verb == "export":
        sys.stdout.write(reading.export(found))
    else:
        print(table.columns(table.front_rows(found.sweep, table.fronts_of(found.sweep, found.feasible))))
    return 0


def plot_database(options: argparse.Namespace) -> int:
    from attnsim_sweeps import plotting
    from attnsim_sweeps.store import Store

    with Store(options.database) as store:
        for file in plotting.plot(store, options.name, options.out or options.database.with_suffix(""),
                                  options.simulate.absolute(), options.reports):
            print(file)
    return 0


VERBS = {"run": run_points, "search": search_points, "plot": plot_database}


def main(arguments: list[str]) -> int:
    from attnsim_sweeps.errors import BAD_INPUT, INTERRUPTED, SweepError
    options = parser().parse_args(arguments)
    try:
        return VERBS.get(options.verb, read_database)(options)
    except SweepError as error:
        print(error, file=sys.stderr)
        return error.code
    except ModuleNotFoundError as error:
        package = PACKAGES.get((error.name or "").split(".")[0])
        if package is None:
            raise
        print(f"{package} is missing; install it with: apt-get install {package}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what is done is kept: go on with --resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, sqlite3.Error) as error:
        print(f"{getattr(error, 'filename', None) or 'database'}: {getattr(error, 'strerror', None) or error}",
              file=sys.stderr)
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
