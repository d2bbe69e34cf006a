"""How long things take, each beside a peer or the plainest way of doing the same, in one run on one machine.

    python tests/benchmarks/speed.py [OUT] [--runs 9] [--rows 100000 1000000]

Writes results.csv to OUT (default: speed/). What is timed in a cold process is run in turns, so that a busy moment hits all alike; what is
compared are medians. Peers need the extra ``benchmarks``.
"""

import argparse
import csv
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # for synthetic

import measure
import synthetic

from china_ai_controls.schema import Package, package

COMMAND = "import sys; from china_ai_controls.cli import main; sys.exit(main({!r}))"
# Sources that make about one row of a package of the generator.
SOURCES_PER_ROW = 1 / 6.8
FORMATS = ("csv", "jsonl", "parquet", "duckdb", "sqlite")


class Row(NamedTuple):
    """One comparison: a value, what it is compared with, and what it is to be."""

    group: str
    measured: str
    value: float
    unit: str
    compared_with: str = ""
    reference: float | None = None
    relation: str = ""
    result: float | None = None
    target: str = ""


def main() -> int:
    """Measure everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=Path("speed"), metavar="OUT")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    args = parser.parse_args()
    rows = [*_cold(args.runs), *_load_all(args.runs, min(args.rows)), *_validation(min(args.runs, 5), args.rows), *_exports(args.rows)]
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row._fields)
        out.writerows([["" if v is None else f"{v:.4g}" if isinstance(v, float) else v for v in row] for row in [_machine(args.runs), *rows]])
    return 0


def _machine(runs: int) -> Row:
    versions = ", ".join(f"{n} {importlib.metadata.version(n)}" for n in ("pandas", "pyarrow", "frictionless"))
    what = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}; medians of {runs} runs"
    return Row("machine", what, float(runs), "runs")


def _compared(group, measured, value, unit, other, reference, relation, target="") -> Row:
    """The ratio of two values, or how much the first is more than the other."""
    result = value - reference if relation == "more than" else value / reference if relation == "times" else reference / value
    row = Row(group, measured, value, unit, other, reference, relation, result, target)
    print(*row, sep="  ", flush=True)
    return row


# In a cold process


def _cold(runs: int) -> list[Row]:
    events = package().path(package().table("events"))
    descriptor = package().root / "datapackage.json"
    code = {
        "empty Python": "pass",
        "import china_ai_controls": "import china_ai_controls",
        "load('events')": "import china_ai_controls as cac; cac.load('events')",
        "pandas.read_csv of the same file": f"import pandas; pandas.read_csv({str(events)!r})",
        "palmerpenguins, load_penguins()": "from palmerpenguins import load_penguins; load_penguins()",
        "vega_datasets, data.cars()": "from vega_datasets import data; data.cars()",
        # Its converter cannot be made with pandas 3, so that the import must do.
        "country_converter, import": "import country_converter",
        "pycountry, all countries": "import pycountry; list(pycountry.countries)",
        "frictionless, rows of the same table": f"import frictionless; frictionless.Package({str(descriptor)!r}).get_resource('events').read_rows()",
        "show E0001": COMMAND.format(["show", "E0001"]),
        "cite E0001": COMMAND.format(["cite", "E0001"]),
        "describe events": COMMAND.format(["describe", "events"]),
    }
    times: dict[str, list[float]] = {name: [] for name in code}
    for _ in range(runs + 1):
        for name, one in code.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", one], check=True, stdout=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - start) * 1000)
    # The first run warms the disk.
    found = {name: median(t[1:]) for name, t in times.items()}
    empty, ours = found["empty Python"], found["load('events')"]
    rows = [
        _compared("cold process", "import china_ai_controls", found["import china_ai_controls"], "ms", "empty Python", empty, "more than", "<= 15"),
        _compared(
            "cold process", "load('events')", ours, "ms", "pandas.read_csv of the same file", found["pandas.read_csv of the same file"], "times", "<= 1.1"
        ),
    ]
    rows += [_compared("cold process", "load('events')", ours, "ms", name, found[name], "times") for name in list(code)[4:9]]
    rows += [_compared("cold process", name, found[name], "ms", "empty Python", empty, "more than", "<= 120") for name in list(code)[9:]]
    return rows


# In a process that has pandas already


def _load_all(runs: int, size: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        large = Package(synthetic.write(Path(folder), round(size * SOURCES_PER_ROW)))
        return [*_loaded("this package", package(), 5 * runs, "<= 1.5"), *_loaded(f"{size:,} rows", large, 5 * runs, "<= 1.5")]


def _loaded(what: str, source: Package, runs: int, target: str) -> list[Row]:
    from pyarrow import csv as arrow_csv

    from china_ai_controls.tables import load, load_all

    paths = [source.path(t) for t in source.tables.values()]

    def together():
        return load_all(source=source)

    def one_by_one():
        return [load(name, source=source) for name in source.tables]

    def arrow():
        return [arrow_csv.read_csv(path) for path in paths]

    together(), one_by_one(), arrow()
    a, b, c = (1000 * seconds for seconds in _in_turns(runs, together, one_by_one, arrow))
    group, peer = f"warm process, {what}", "pyarrow reading the same files"
    return [
        _compared(group, "load of all tables at once", a, "ms", peer, c, "times", target),
        _compared(group, "load of all tables one by one", b, "ms", peer, c, "times"),
    ]


def _in_turns(runs: int, *what) -> list[float]:
    times = [[] for _ in what]
    for _ in range(runs):
        for spent, one in zip(times, what):
            start = time.perf_counter()
            one()
            spent.append(time.perf_counter() - start)
    return [median(t) for t in times]


# Validation


def _validation(runs: int, sizes: list[int]) -> list[Row]:
    own = package().root
    slow, fast, rules = (median(_alone(way, own)[0] for _ in range(runs)) for way in ("frictionless", "fast", "rules"))
    rows = [
        _compared("validation, this package", "our rules", rules, "s", "frictionless", slow, "times", "<= 0.33"),
        _compared("validation, this package", "fast engine", fast, "s", "frictionless", slow, "times as fast", ">= 8"),
    ]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = synthetic.write(Path(folder), round(size * SOURCES_PER_ROW))
            group = f"validation, {size:,} rows"
            (slow, heavy), (fast, light) = _alone("frictionless", root), _alone("fast", root)
            target = ">= 20" if size >= 1_000_000 else ""
            rows.append(_compared(group, "fast engine", fast, "s", "frictionless", slow, "times as fast", target))
            rows.append(_compared(group, "memory of the fast engine", light, "MB", "frictionless", heavy, "times"))
    return rows


def _alone(way: str, root: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of one way of checking, in a process of its own, without the time of its imports."""
    done = subprocess.run([sys.executable, __file__, "--alone", way, str(root)], check=True, capture_output=True, text=True)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def _measure_alone(way: str, root: Path) -> None:
    from china_ai_controls import engines
    from china_ai_controls.rules import REGISTRY, Data

    source = Package(root)
    if way == "frictionless":
        import frictionless  # noqa: F401
    start = time.perf_counter()
    if way == "rules":
        data = Data(source)
        found = [problem for rule in REGISTRY.values() for problem in rule.check(data) if rule.severity == "error"]
    elif way in engines.ENGINES:
        found, _ = engines.structural(source, way)
    else:
        from china_ai_controls.export import export

        with tempfile.TemporaryDirectory() as folder:
            export(way, Path(folder) / "out", source=source)
        found = []
    assert not found, found[:3]
    print(time.perf_counter() - start, measure.peak())


# Exports


def _exports(sizes: list[int]) -> list[Row]:
    small, large = min(sizes), max(sizes)
    peaks = {}
    for size in (small, large):
        with tempfile.TemporaryDirectory() as folder:
            root = synthetic.write(Path(folder), round(size * SOURCES_PER_ROW))
            for form in FORMATS:
                peaks[form, size] = _alone(form, root)
    rows = []
    for form in FORMATS:
        (quick, little), (seconds, much) = peaks[form, small], peaks[form, large]
        rows.append(_compared(f"export, {large:,} rows", f"{form}: time", seconds, "s", f"{small:,} rows", quick, "times"))
        rows.append(_compared(f"export, {large:,} rows", f"{form}: peak memory", much, "MB", f"{small:,} rows", little, "times"))
    return rows


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        sys.exit(_measure_alone(sys.argv[2], Path(sys.argv[3])))
    sys.exit(main())
