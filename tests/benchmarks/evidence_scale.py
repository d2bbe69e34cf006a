"""How time and memory of the derived facts grow with the data: origins, confidence and the rest for every event and claim.

    python tests/benchmarks/evidence_scale.py OUT [--sizes 10000 100000 1000000] [--runs 5]

Writes evidence_scale.csv, .png and .svg to OUT. Each run is a fresh process on one core; what is compared are medians.
"""

import argparse
import csv
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))  # for synthetic

import synthetic

from china_ai_controls.analysis import figures
from china_ai_controls.evidence import Evidence
from china_ai_controls.schema import Package

MB = 2**20


def main() -> int:
    """Measure, write the table, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="SOURCES")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)  # one run, on the package in OUT
    args = parser.parse_args()
    if args.measure:
        return _measure_once(args.out)
    if min(args.sizes) < 1 or args.runs < 1:
        parser.error("sizes and runs must be 1 or more")
    args.out.mkdir(parents=True, exist_ok=True)
    rows = [_measure(size, args.runs) for size in sorted(args.sizes)]
    with (args.out / "evidence_scale.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0], lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    _draw(rows, args.out, args.runs)
    return 0


def _measure(size: int, runs: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        root = synthetic.write(Path(folder), size)
        package = Package(root)
        read = [package.path(package.table(name)) for name in Evidence.TABLES]
        found = [_run(root) for _ in range(runs)]
        row = {
            "sources": size,
            "claim_source_rows": _lines(package.path(package.table("claim_sources"))) - 1,
            "input_mb": round(sum(p.stat().st_size for p in read) / MB, 1),
            "runs": runs,
            "read_s": round(median(f["read"] for f in found), 2),
            "derive_s": round(median(f["derive"] for f in found), 2),
            "total_s": round(median(f["read"] + f["derive"] for f in found), 2),
            "fastest_s": round(min(f["read"] + f["derive"] for f in found), 2),
            "slowest_s": round(max(f["read"] + f["derive"] for f in found), 2),
            "peak_mb": round(median(f["peak"] for f in found) / MB, 1),
        }
    row["peak_to_input"] = round(row["peak_mb"] / row["input_mb"], 2)
    print(row, flush=True)
    return row


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _run(root: Path) -> dict:
    """One fresh process."""
    done = subprocess.run([sys.executable, __file__, str(root), "--measure"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _measure_once(root: Path) -> int:
    start = time.process_time()
    evidence = Evidence.of(Package(root))
    read = time.process_time()
    judged = evidence.events(), evidence.claims()
    end = time.process_time()
    assert all(judged)
    print(json.dumps({"read": read - start, "derive": end - read, "peak": _peak()}))
    return 0


def _peak() -> int:
    # Of the whole process, Python itself included. Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _draw(rows: list[dict], out: Path, runs: int) -> None:
    sizes = [r["sources"] for r in rows]
    figure, _ = figures.new(9, 4.8)
    figure.clear()
    left, right = figure.subplots(1, 2)
    largest = rows[-1]
    for axes, column, colour, unit in ((left, "total_s", "blue", "seconds of one core"), (right, "peak_mb", "vermilion", "peak memory, MB")):
        values = [r[column] for r in rows]
        axes.loglog(sizes, values, "o-", color=figures.COLOURS[colour], label="measured (median)")
        axes.loglog(sizes, [values[0] * s / sizes[0] for s in sizes], "--", color=figures.COLOURS["grey"], label="in proportion to the smallest")
        for size, value in zip(sizes, values):
            axes.annotate(f"{value:,.4g}", (size, value), textcoords="offset points", xytext=(-6, 8), ha="right", fontsize=9)
        axes.margins(x=0.18, y=0.12)
        axes.set_xlabel("sources")
        axes.set_ylabel(unit)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(loc="lower right", fontsize=9, frameon=False)
    source = f"Synthetic packages, seed 0; medians of {runs} runs, each in a fresh process; all events and claims, reading included."
    figures.titled(left, f"{largest['sources']:,} sources take {largest['total_s']:.0f} seconds", source)
    right.set_title(f"Peak memory is {largest['peak_to_input']:.1f} times the files read", loc="left", fontsize=12, fontweight="bold", wrap=True)
    if len(rows) > 1:
        growth = math.log(largest["total_s"] / rows[0]["total_s"]) / math.log(sizes[-1] / sizes[0])
        left.text(0.03, 0.95, f"cost grows as sources to the power {growth:.2f}", transform=left.transAxes, va="top", fontsize=9)
    figures.save(figure, out, "evidence_scale")


if __name__ == "__main__":
    sys.exit(main())
