"""Random files, days and keys: an answer or one of the package's own errors, in time, and nothing written."""

import contextlib
import copy
import csv
import io
import json
import os
import random
import shutil
import signal
from datetime import date
from pathlib import Path

import pytest
from conftest import TESTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from china_ai_controls import reporting
from china_ai_controls.cli import main
from china_ai_controls.codebook import describe, find
from china_ai_controls.errors import BadDateError, DataError, UnknownNameError
from china_ai_controls.evidence import derived, verb_drift
from china_ai_controls.extension import validate_extension
from china_ai_controls.record import evidence
from china_ai_controls.schema import Package, package
from china_ai_controls.tables import load, rows
from china_ai_controls.validation import validate

# More for a long search: FUZZ=5000 python -m pytest tests/test_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ", "15"))
SECONDS = 30
OWN_ERRORS = (DataError, UnknownNameError, BadDateError)
FILES = ["datapackage.json", *(t.path for t in package().tables.values())]
KEYS = ["E0001", "E0003", "K0001", "M0002", "A0002", "C0001", "S0003"]
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def package_folder(tmp_path_factory):
    """One copy of the tiny package for all examples, each of which puts back what it changed."""
    root = tmp_path_factory.mktemp("fuzz") / "tiny"
    shutil.copytree(TESTS / "packages" / "tiny", root)
    shutil.copy(package().root / "datapackage.json", root)
    return root


@contextlib.contextmanager
def in_time():
    """A hang is a failure, and ends."""

    def stop(*_):
        raise TimeoutError(f"no answer within {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def state(root: Path):
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in root.rglob("*")}


@contextlib.contextmanager
def changed(root: Path, file: str, content: bytes):
    """The package with one file replaced; afterwards nothing else may have changed."""
    original = (root / file).read_bytes()
    (root / file).write_bytes(content)
    before = state(root)
    try:
        with in_time():
            yield
        assert state(root) == before
    finally:
        (root / file).write_bytes(original)


def readers(root: Path, key: str, table: str, day: str | None):
    """Everything that reads a package, as calls."""
    when = None if day is None else date.fromisoformat(day)
    yield lambda: Package(root).tables
    yield lambda: rows(table, Package(root))
    yield lambda: load(table, day, Package(root))
    yield lambda: str(evidence(key, day, Package(root)))
    yield lambda: evidence(key, day, Package(root))._repr_html_()
    yield lambda: derived("events", Package(root), when)
    yield lambda: verb_drift(Package(root))
    yield lambda: describe(source=Package(root))
    yield lambda: describe(table, source=Package(root))
    yield lambda: describe(field="event_id", source=Package(root))
    yield lambda: find("advice", Package(root))


def read_everything(root: Path, key: str, table: str, day: str | None):
    for read in readers(root, key, table, day):
        with contextlib.suppress(*OWN_ERRORS):
            read()
    report = validate(root)
    for render in reporting.RENDERERS.values():
        assert isinstance(render(report), str)


ANY_TEXT = st.text(st.characters(), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "path", "schema", "fields", "type", "constraints", "resources"]) | ANY_TEXT, part, max_size=4)
    ),
    max_leaves=12,
)
# Cells that are right in form, nearly right, or anything.
CELLS = (
    st.sampled_from(
        [
            "",
            "E0001",
            "E0009",
            "K0001",
            "S0001",
            "S0003",
            "A0001",
            "CN",
            "2025-03-01",
            "2025-02-30",
            "0000-00-00",
            "supports",
            "in_force",
            "denied",
            "-1",
            "1e400",
            "nan",
            "NA",
        ]
    )
    | ANY_TEXT
)
CALLS = {
    "key": st.sampled_from(KEYS),
    "table": st.sampled_from(list(package().tables)),
    "day": st.sampled_from([None, "2025-03-01", "2025-07-02", "1900-01-01"]),
}


@fuzz
@given(content=st.binary(max_size=2000) | ANY_TEXT.map(lambda t: t.encode("utf-8", "surrogatepass")), file=st.sampled_from(FILES), **CALLS)
def test_random_bytes(content, file, key, table, day, package_folder):
    with changed(package_folder, file, content):
        read_everything(package_folder, key, table, day)


@fuzz
@given(content=JSON, **CALLS)
def test_random_json(content, key, table, day, package_folder):
    with changed(package_folder, "datapackage.json", json.dumps(content).encode()):
        read_everything(package_folder, key, table, day)


@fuzz
@given(part=JSON, seed=st.integers(0, 2**32), drop=st.booleans(), **CALLS)
def test_a_descriptor_with_one_part_replaced_or_dropped(part, seed, drop, key, table, day, package_folder):
    descriptor = copy.deepcopy(package().descriptor)
    pick = random.Random(seed)
    node = descriptor
    while True:
        step = pick.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[step], (dict, list)) or not node[step] or pick.random() < 0.2:
            break
        node = node[step]
    if drop:
        del node[step]
    else:
        node[step] = part
    with changed(package_folder, "datapackage.json", json.dumps(descriptor).encode()):
        read_everything(package_folder, key, table, day)


def as_csv(lines):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode("utf-8", "surrogatepass")


@fuzz
@given(data=st.data(), name=st.sampled_from(list(package().tables)), **CALLS)
def test_random_rows_under_the_right_header(data, name, key, table, day, package_folder):
    header = [f.name for f in package().table(name).fields]
    lines = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=4))
    with changed(package_folder, package().table(name).path, as_csv([header, *lines])):
        read_everything(package_folder, key, table, day)


@fuzz
@given(data=st.data(), name=st.sampled_from(list(package().tables)), **CALLS)
def test_a_few_cells_changed(data, name, key, table, day, package_folder):
    path = package().table(name).path
    lines = list(csv.reader(io.StringIO((package_folder / path).read_text(encoding="utf-8"), newline="")))
    for _ in range(data.draw(st.integers(1, 3))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(CELLS)
    with changed(package_folder, path, as_csv(lines)):
        read_everything(package_folder, key, table, day)


@fuzz
@given(
    content=st.binary(max_size=400) | st.lists(st.lists(CELLS, max_size=12), max_size=4).map(as_csv),
    header=st.booleans(),
    name=st.sampled_from(list(package().tables)),
)
def test_a_random_extension(content, header, name, package_folder, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "extension"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    start = as_csv([[f.name for f in package().table(name).fields]]) if header else b""
    (folder / f"{name}.csv").write_bytes(start + content)
    before = state(folder), state(package_folder)
    with in_time():
        report = validate_extension(folder, package_folder)
        assert isinstance(str(report), str)
    assert (state(folder), state(package_folder)) == before


ANYTHING = (
    ANY_TEXT
    | st.none()
    | st.integers()
    | st.floats()
    | st.binary(max_size=10)
    | st.lists(ANY_TEXT, max_size=2)
    | st.dates()
    | st.datetimes()
    | st.dictionaries(ANY_TEXT, st.none(), max_size=1)
)
DAYS = (
    ANYTHING | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True) | st.sampled_from(["0000-00-00", "9999-12-31", "2025-02-30", "２０２５-０３-０１"])
)
IDS = ANYTHING | st.from_regex(r"[EKMACSNQ][0-9]{4,6}", fullmatch=True) | st.sampled_from(KEYS) | st.just("E" * 100_000)


@fuzz
@given(key=IDS, day=DAYS, name=ANYTHING | st.sampled_from(list(package().tables)), field=ANYTHING)
def test_random_keys_days_names_and_words(key, day, name, field, package_folder):
    source = Package(package_folder)
    before = state(package_folder)
    calls = [
        lambda: load(name, day, source),
        lambda: rows(name, source),
        lambda: evidence(key, day, source),
        lambda: describe(name, field, source),
        lambda: describe("rules", field, source),
        lambda: find(field, source),
    ]
    with in_time():
        for call in calls:
            try:
                call()
            except OWN_ERRORS as error:
                assert len(str(error)) < 2000
            except ValueError as error:
                assert str(error).startswith("nothing to look for")
    assert state(package_folder) == before


# What a shell can pass: no NUL, and bytes that are no UTF-8 as lone surrogates.
ARGUMENTS = st.text(st.characters(exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["show", "find", "describe", "validate", "--as-of", "--only", "--format", "--rules", "E0001", "2025-03-01", "events", "T1", "json", "--", "-"]
)


@fuzz
@given(arguments=st.lists(ARGUMENTS, max_size=5).filter(lambda given: "reproduce" not in given))
def test_random_command_lines(arguments, capsys, tmp_path_factory, monkeypatch):
    empty = tmp_path_factory.getbasetemp() / "empty"
    empty.mkdir(exist_ok=True)
    monkeypatch.chdir(empty)
    with in_time():
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse says what it expected
            code = stop.code
    assert code in (0, 1, 2)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert list(empty.iterdir()) == []
