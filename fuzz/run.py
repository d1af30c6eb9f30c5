"""`make fuzz`: every parser of untrusted bytes under a coverage-guided fuzzer, and proof that it would find a bug.

python fuzz/run.py [TARGET ...] [--scale 1.0] [--jobs 2] [--plant] [--json]

Prints executions, edges and findings a target; ends with 1 where anything is found (with `--plant`: where a planted bug
is not), and where a target did not run: an error that is no finding proves nothing. Findings stay in `fuzz/findings/`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from targets import TARGETS

HERE = Path(__file__).resolve().parent
#: A line of libFuzzer's: `#1234 DONE cov: 99 ft: 150 corp: 12/3Kb ...`; `cov` counts edges.
LINE = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+) corp: (\d+)")

#: What libFuzzer says when it begins: the target was imported, and its seeds were made.
BEGUN = re.compile(r"^INFO: Running with entropic", re.MULTILINE)


def fuzz(name: str, scale: float, plant: bool) -> dict[str, object]:
    """Runs one target in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        runs = max(100, int(TARGETS[name].runs * scale))
        words = [sys.executable, str(HERE / "one.py"), name, str(corpus), str(runs), *(["plant"] if plant else [])]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", cwd=HERE.parent)
        lines = LINE.findall(done.stderr)
        executions, edges, features, kept = (int(value) for value in lines[-1]) if lines else (0, 0, 0, 0)
        ended = re.search(r"Done (\d+) in ", done.stderr)
        if ended:
            executions = int(ended[1])
        findings = list(Path(folder).glob("finding-*"))
        if not plant:
            for one in findings:
                (HERE / "findings").mkdir(exist_ok=True)
                shutil.copy(one, HERE / "findings" / f"{name.replace(' ', '-')}-{one.name}")
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if re.match(r"\w+Error\b|.*ERROR", line)]
    ran = bool(BEGUN.search(done.stderr))
    # One that is done may still be killed by its own alarm, on a busy machine, while it ends.
    found = ran and (bool(findings) or (done.returncode != 0 and not ended))
    numbers = {"target": name, "executions": executions, "edges": edges, "features": features, "corpus": kept}
    return {
        **numbers,
        "ran": ran,
        "found": found,
        "says": said[0][:200] if said else f"ended with {done.returncode}" if found or not ran else "",
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the usual number of executions")
    parser.add_argument("--jobs", type=int, default=2, help="targets side by side")
    parser.add_argument("--plant", action="store_true", help="plant a bug in each parser: each must be found")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda name: fuzz(name, options.scale, options.plant), names))
    show(results, options.plant, options.json)
    wrong = [one for one in results if not one["ran"] or one["found"] != options.plant]
    sys.exit(1 if wrong else 0)


def show(results: list[dict[str, object]], plant: bool, as_json: bool) -> None:
    """Prints the results."""
    if as_json:
        sys.stdout.write(json.dumps({"planted": plant, "targets": results}) + "\n")
        return
    table = Table("target", "executions", "edges", "corpus", "planted bug" if plant else "finding", "says")
    for one in results:
        word = ("found" if one["found"] else "[red]MISSED") if plant else ("[red]FOUND" if one["found"] else "none")
        word = word if one["ran"] else "[red]DID NOT RUN"
        table.add_row(
            str(one["target"]), f"{one['executions']:,}", str(one["edges"]), str(one["corpus"]), word, str(one["says"])
        )
    table.add_row("all", f"{sum(int(str(one['executions'])) for one in results):,}", "", "", "", "")
    Console().print(table)


if __name__ == "__main__":
    main()
