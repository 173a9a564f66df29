# Makes the self-contained report.html of a result.json: /usr/bin/python3 reports/report.py RESULT.json --out REPORT.html.
import argparse
import logging
import sys
from pathlib import Path

from attnsim_reports.files import write_whole

PACKAGES = {"jinja2": "python3-jinja2", "matplotlib": "python3-matplotlib"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="report.py", description="Makes the HTML report of one or several results.")
    parser.add_argument("result", type=Path, help="result.json: one result, or an array of them to hold side by side")
    parser.add_argument("--out", type=Path, required=True, help="the HTML file to write")
    options = parser.parse_args(arguments)
    # matplotlib's remarks on its font cache are no concern of the user's.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from attnsim_reports import page, results
    except ModuleNotFoundError as error:
        package = PACKAGES.get(error.name or "")
        if package is None:
            raise
        print(f"{package} is missing; install it with: apt-get install {package}", file=sys.stderr)
        return 1
    try:
        write_whole(options.out, page.render(results.read_runs(options.result)))
    except results.ResultError as error:
        print(error, file=sys.stderr)
        return 3
    except OSError as error:
        print(f"{options.out}: cannot be written ({error.strerror})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
