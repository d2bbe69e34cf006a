"""The harness of the mutation tests: damages a copy of the real package and sees who reports it, and where."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import frictionless

from china_ai_controls.rules import REGISTRY, Data
from china_ai_controls.schema import Package, package
from china_ai_controls.validation import validate

DESCRIPTOR = "datapackage.json"
TABLES = package().tables
ALL = tuple(name for name in TABLES if name not in ("retired_ids", "second_coding"))  # those two may be empty
# Problems that `validate` itself finds, before any rule and any table is read.
VALIDATION = {"file", "path", "profile", "descriptor"}

Place = tuple[str, int | None]


class Copy:
    """A copy of the real package that one damage is done to.

    Parameters
    ----------
    root : Path
    random : Random
    """

    def __init__(self, root: Path, random: Random):
        self.root, self.random = root, random
        shutil.copy(package().root / DESCRIPTOR, root)
        shutil.copytree(package().root / "data", root / "data")
        self.changed: set[str] = set()

    def path(self, table: str) -> Path:
        return self.root / TABLES[table].path

    def place(self, table: str, number: int | None) -> Place:
        return TABLES[table].path, number

    def cells(self, table: str) -> list[list[str]]:
        """Rows as lists, the header too; row n of the file is item n - 1."""
        return list(csv.reader(io.StringIO(self.path(table).read_text(encoding="utf-8"), newline="")))

    def save_cells(self, table: str, rows: list[list[str]], **dialect) -> None:
        self.changed.add(table)
        with self.path(table).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n", **dialect).writerows(rows)

    def records(self, table: str) -> list[dict[str, str]]:
        """Rows as dicts; row n of the file is item n - 2."""
        header, *rows = self.cells(table)
        return [dict(zip(header, row)) for row in rows]

    def save(self, table: str, records: list[dict[str, str]]) -> None:
        self.save_cells(table, [[f.name for f in TABLES[table].fields], *(r.values() for r in records)])

    def lines(self, table: str) -> list[bytes]:
        """Rows as bytes with their ends; row n of the file is item n - 1."""
        return self.path(table).read_bytes().splitlines(keepends=True)

    def save_bytes(self, table: str, content: bytes) -> None:
        self.changed.add(table)
        self.path(table).write_bytes(content)

    def some_table(self, least: int = 1) -> str:
        """A table with so many rows at least."""
        return self.random.choice([t for t in ALL if len(self.lines(t)) > least])

    def some_row(self, table: str, where: Callable[[dict], bool] = lambda r: True) -> int:
        """Index of a record that fits."""
        fitting = [n for n, r in enumerate(self.records(table)) if where(r)]
        assert fitting, f"no row of {table} can be damaged in this way; the kind must look for others"
        return self.random.choice(fitting)

    def change(self, table: str, column: str, new: Callable[[str], str], where: Callable[[dict], bool] = lambda r: True) -> Place:
        """Change one cell of a random record that fits, and say where it is."""
        records = self.records(table)
        n = self.some_row(table, where)
        records[n][column] = new(records[n][column])
        self.save(table, records)
        return self.place(table, n + 2)

    def add(self, table: str, **values: str) -> Place:
        """Add a record at the end of a table."""
        records = [*self.records(table), {f.name: values.get(f.name, "") for f in TABLES[table].fields}]
        self.save(table, records)
        return self.place(table, len(records) + 1)

    def drop(self, table: str, where: Callable[[dict], bool]) -> None:
        self.save(table, [r for r in self.records(table) if not where(r)])

    def describe(self, change: Callable[[dict], object]) -> Place:
        """Change the descriptor."""
        descriptor = json.loads((self.root / DESCRIPTOR).read_text(encoding="utf-8"))
        change(descriptor)
        (self.root / DESCRIPTOR).write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
        return DESCRIPTOR, None

    def some_field(self, descriptor: dict, fits: Callable[[dict], bool] = lambda f: True) -> dict:
        return self.random.choice([f for r in descriptor["resources"] for f in r["schema"]["fields"] if fits(f)])


@dataclass(frozen=True)
class Kind:
    """A kind of damage.

    Attributes
    ----------
    name : str
    by : str
        What must report it: id of a rule, a frictionless error type, or a finding of `validate`; empty if nothing can.
    damage : callable
        Does it to a `Copy`; gives the place where it must be reported, or a list of sets: of each set one place must be.
    also : tuple of str
        Tables that frictionless must read beside the damaged ones.
    instances : int
    reason : str
        Why nothing can catch it.
    """

    name: str
    by: str
    damage: Callable[[Copy], Place | list[set[Place]]]
    also: tuple[str, ...] = ()
    instances: int = 3
    reason: str = ""


KINDS: dict[str, Kind] = {}
UNSEEN: dict[str, Kind] = {}


def kind(name: str, by: str, **more):
    """Register a kind of damage that must be caught."""

    def register(damage):
        assert name not in KINDS
        KINDS[name] = Kind(name, by, damage, **more)
        return damage

    return register


def unseen(name: str, reason: str):
    """Register a kind of damage that nothing can catch, and why."""

    def register(damage):
        UNSEEN[name] = Kind(name, "", damage, reason=reason, instances=1)
        return damage

    return register


def caught(one: Kind, instance: int, root: Path) -> str:
    """Do one instance of a damage in an empty folder.

    Returns
    -------
    str
        Empty if it was reported where and by what it must be (for a kind of `UNSEEN`: if it was not reported at all); else what is wrong.
    """
    copy = Copy(root, Random(f"{one.name}/{instance}"))
    expected = one.damage(copy)
    if _same(root):
        return "the damage changed nothing"
    if not one.by:
        found = _all_found(copy)
        return f"reported after all: {sorted(found, key=str)[:3]}" if found else ""
    found = _found(one, copy)
    expected = [{expected}] if isinstance(expected, tuple) else expected
    missing = [places for places in expected if not places & found]
    if missing:
        return f"not reported by {one.by} at {sorted(missing[0])}, but at {sorted(found, key=str)[:3]}"
    return "" if expected else "the damage names no place"


def _same(root: Path) -> bool:
    return _content(root) == _content(package().root)


def _content(root: Path) -> dict[Path, bytes]:
    return {p.relative_to(root): p.read_bytes() for p in [root / DESCRIPTOR, *(root / "data").rglob("*")] if p.is_file()}


def _found(one: Kind, copy: Copy) -> set[Place]:
    """Places that the damage made the expected rule or error type report."""
    if one.by in REGISTRY:
        return by_rule(copy.root, one.by) - _reported_before(one.by)
    if one.by in VALIDATION:
        return {(p.file, p.row) for p in validate(copy.root).problems if p.rule == one.by}
    return {place for place, error in by_frictionless(copy.root, copy.changed | set(one.also)) if error == one.by}


def _all_found(copy: Copy) -> set:
    """Everything that the damage made any rule or frictionless report."""
    near = set(copy.changed)
    for table in TABLES.values():
        for key in table.foreign_keys:
            if copy.changed & {table.name, key.table}:
                near |= {table.name, key.table}
    found = set(by_frictionless(copy.root, near))
    for rule in REGISTRY:
        found |= {(place, rule) for place in by_rule(copy.root, rule) - _reported_before(rule)}
    return found


def by_rule(root: Path, rule: str) -> set[Place]:
    """Places that a rule reports."""
    places = set()
    for found in REGISTRY[rule].check(Data(Package(root))):
        places.add((found.row.table.path, found.row.number) if found.row else (found.table or DESCRIPTOR, found.number))
    return places


@cache
def _reported_before(rule: str) -> set[Place]:
    return by_rule(package().root, rule)


def by_frictionless(root: Path, tables: set[str]) -> list[tuple[Place, str]]:
    """Errors that frictionless reports on some tables, and the references between them."""
    descriptor = json.loads((root / DESCRIPTOR).read_text(encoding="utf-8"))
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] in tables]
    for resource in descriptor["resources"]:
        keys = resource["schema"].get("foreignKeys", [])
        resource["schema"]["foreignKeys"] = [k for k in keys if k["reference"].get("resource", resource["name"]) in tables]
    report = frictionless.Package(descriptor, basepath=str(root)).validate()
    path = {t.name: t.path for t in TABLES.values()}
    return [((path[task.name], getattr(error, "row_number", None)), error.type) for task in report.tasks for error in task.errors]
