"""How time and memory of the derived facts grow with the data: origins, confidence and the rest for every event and claim.

Beside it the part that others could do as well, from which source to which origins, is done by networkx and by merges of pandas.

    python tests/benchmarks/evidence_scale.py [OUT] [--sizes 10000 100000 1000000] [--runs 5]

Writes evidence_scale.csv, .png and .svg to OUT (default: speed/). Each run is a fresh process on one core; what is compared are medians.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))  # for synthetic

import measure
import synthetic

from china_ai_controls.analysis import figures
from china_ai_controls.evidence import Derivation, Evidence
from china_ai_controls.schema import Package
from china_ai_controls.tables import columns

MB = 2**20


def main() -> int:
    """Measure, write the table, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=Path("speed"), metavar="OUT")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="SOURCES")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)  # one run, on the package in OUT
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(WAYS[args.measure](Package(args.out))))
        return 0
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
        found, origins, graph, merges = ([_run(root, way) for _ in range(runs)] for way in WAYS)
        assert len({one[0]["pairs"] for one in (origins, graph, merges)}) == 1, "the three ways must find the same"
        total = [f["read"] + f["derive"] for f in found]
        row = {
            "sources": size,
            "claim_source_rows": _lines(package.path(package.table("claim_sources"))) - 1,
            "input_mb": round(sum(p.stat().st_size for p in read) / MB, 1),
            "runs": runs,
            "read_s": round(median(f["read"] for f in found), 2),
            "derive_s": round(median(f["derive"] for f in found), 2),
            "total_s": round(median(total), 2),
            "fastest_s": round(min(total), 2),
            "slowest_s": round(max(total), 2),
            "peak_mb": round(median(f["peak"] for f in found), 1),
            "origins_s": round(median(f["seconds"] for f in origins), 3),
            "origins_networkx_s": round(median(f["seconds"] for f in graph), 3),
            "origins_pandas_s": round(median(f["seconds"] for f in merges), 3),
        }
    row["peak_to_input"] = round(row["peak_mb"] / row["input_mb"], 2)
    print(row, flush=True)
    return row


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _run(root: Path, way: str) -> dict:
    """One fresh process."""
    done = subprocess.run([sys.executable, __file__, str(root), "--measure", way], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _everything(package: Package) -> dict:
    start = time.process_time()
    evidence = Evidence.of(package)
    read = time.process_time()
    judged = evidence.events(), evidence.claims()
    end = time.process_time()
    assert all(judged)
    return {"read": read - start, "derive": end - read, "peak": measure.peak()}


def _timed(origins: Callable[[dict], int]) -> Callable[[Package], dict]:
    """A way of finding the origins of every source that rests on another; what it is given is in memory, its imports are done."""

    def run(package: Package) -> dict:
        links = columns("source_links", package, ("source_id", "relies_on_id"))
        origins({"source_id": ["b"], "relies_on_id": ["a"]})
        start = time.process_time()
        pairs = origins(links)
        return {"pairs": pairs, "seconds": time.process_time() - start}

    return run


def _ours(links: dict) -> int:
    found = Derivation(zip(links["source_id"], links["relies_on_id"]))
    return sum(len(found.origins(source)) for source in found.parents)


def _networkx(links: dict) -> int:
    import networkx

    graph = networkx.DiGraph(zip(links["source_id"], links["relies_on_id"]))
    origins: dict[str, frozenset] = {}
    for source in reversed(list(networkx.topological_sort(graph))):
        above = [origins[s] for s in graph.successors(source)]
        origins[source] = frozenset().union(*above) if above else frozenset([source])
    return sum(len(found) for source, found in origins.items() if graph.out_degree(source))


def _pandas(links: dict) -> int:
    import pandas

    frame = pandas.DataFrame({"source": links["source_id"], "above": links["relies_on_id"]})
    further = frame.rename(columns={"source": "above", "above": "next"})
    found, waiting = [], frame
    while len(waiting):
        joined = waiting.merge(further, on="above", how="left")
        last = joined["next"].isna()
        found.append(joined.loc[last, ["source", "above"]])
        waiting = joined.loc[~last, ["source", "next"]].rename(columns={"next": "above"}).drop_duplicates()
    return len(pandas.concat(found).drop_duplicates())


WAYS = {"everything": _everything, "origins": _timed(_ours), "networkx": _timed(_networkx), "pandas": _timed(_pandas)}


def _draw(rows: list[dict], out: Path, runs: int) -> None:
    sizes = [r["sources"] for r in rows]
    figure, (time_axes, memory_axes, peers) = figures.new(13, 4.8, columns=3)
    largest = rows[-1]
    for axes, column, colour in ((time_axes, "total_s", "blue"), (memory_axes, "peak_mb", "vermilion")):
        values = [r[column] for r in rows]
        axes.loglog(sizes, values, "o-", color=figures.COLOURS[colour], label="measured")
        axes.loglog(sizes, [values[0] * s / sizes[0] for s in sizes], "--", color=figures.COLOURS["grey"], label="in proportion to the smallest")
        for size, value in zip(sizes, values):
            axes.annotate(f"{value:,.4g}", (size, value), textcoords="offset points", xytext=(-6, 8), ha="right", fontsize=9)
    for column, label, colour, mark in (("origins_s", "this package", "blue", "o-"), ("origins_pandas_s", "merges of pandas", "orange", "s--"),
                                        ("origins_networkx_s", "networkx", "green", "^:")):  # fmt: skip
        peers.loglog(sizes, [r[column] for r in rows], mark, color=figures.COLOURS[colour], label=label)
    for axes, unit, title in (
        (time_axes, "seconds of one core", "All derived facts: time"),
        (memory_axes, "peak memory, MB", f"Memory: {largest['peak_to_input']:.1f} times the files read"),
        (peers, "seconds of one core", "Origins alone, beside peers"),
    ):
        axes.margins(x=0.18, y=0.12)
        axes.set_xlabel("sources")
        axes.set_ylabel(unit)
        axes.set_title(title, loc="left", fontsize=11)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(loc="lower right", fontsize=9, frameon=False)
    growth = math.log(largest["total_s"] / rows[0]["total_s"]) / math.log(sizes[-1] / sizes[0]) if len(rows) > 1 else 1
    finding = f"{largest['sources']:,} sources take {largest['total_s']:.0f} seconds; cost grows as sources to the power {growth:.2f}"
    source = f"Synthetic packages, seed 0; medians of {runs} runs, each in a fresh process. Left and middle: all events and claims, reading included."
    figures.headed(figure, finding, source)
    figures.save(figure, out, "evidence_scale")


if __name__ == "__main__":
    sys.exit(main())
