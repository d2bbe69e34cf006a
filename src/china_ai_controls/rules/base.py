"""What every rule is made of: rows with their numbers, the registry, and what a rule yields."""

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..schema import Package, Table, parse_day

# A cell longer than this is damage, not text; it also keeps a broken quote from swallowing a file unnoticed.
CELL_LIMIT = 20_000


class Row(dict):
    """One row as text, with its number in the file (the header is row 1)."""

    def __init__(self, table: Table, number: int, cells: dict):
        super().__init__(cells)
        self.table, self.number = table, number

    @property
    def key(self) -> str:
        """The values of the primary key, joined by a slash."""
        return "/".join(self.get(f, "") for f in self.table.primary_key)

    def day(self, field: str) -> date | None:
        """The cell as a date, None if it is empty or no date (which is another rule's business)."""
        try:
            return parse_day(self.get(field, ""))
        except ValueError:
            return None


@dataclass(frozen=True)
class Found:
    """One place where a rule is broken; the runner adds rule, severity and file."""

    message: str
    expected: str
    row: Row | None = None
    column: str = ""
    table: str = ""
    number: int | None = None


class Data:
    """The tables of a package as rules see them: text cells, whatever their faults.

    Parameters
    ----------
    package : Package
    """

    def __init__(self, package: Package):
        self.package = package
        self._rows: dict[str, list[Row]] = {}
        self._groups: dict[tuple[str, str], dict[str, list[Row]]] = {}

    def __getitem__(self, name: str) -> list[Row]:
        if name not in self._rows:
            self._rows[name] = list(_read(self.package, self.package.tables[name])) if name in self.package.tables else []
        return self._rows[name]

    @property
    def closed_on(self) -> date | None:
        """The day on which the data were closed, from the descriptor."""
        try:
            return date.fromisoformat(self.package.descriptor.get("closedOn", ""))
        except (TypeError, ValueError):
            return None

    def by(self, table: str, field: str) -> dict[str, list[Row]]:
        """Rows of a table grouped by one field."""
        if (table, field) not in self._groups:
            groups = self._groups[table, field] = {}
            for row in self[table]:
                groups.setdefault(row.get(field, ""), []).append(row)
        return self._groups[table, field]

    @cached_property
    def sources(self) -> dict[str, Row]:
        """Sources by key."""
        return {r.get("source_id", ""): r for r in self["sources"]}

    @cached_property
    def events(self) -> dict[str, Row]:
        """Events by key."""
        return {r.get("event_id", ""): r for r in self["events"]}

    @cached_property
    def support(self) -> dict[str, list[Row]]:
        """For each event, the rows of claim_sources that support its occurrence."""
        event_of = {c.get("claim_id"): c.get("event_id") for c in self["claims"] if c.get("aspect") == "occurrence"}
        groups: dict[str, list[Row]] = {}
        for row in self["claim_sources"]:
            if row.get("stance") == "supports" and row.get("claim_id") in event_of:
                groups.setdefault(event_of[row["claim_id"]], []).append(row)
        return groups


def _read(package: Package, table: Table) -> Iterator[Row]:
    """Rows that can be read; what cannot is reported by the form rules and by frictionless."""
    # By default Python stops at a cell of 128 KiB, and all rows after it would be missing in silence; the rule on long cells must see it.
    csv.field_size_limit(2**31 - 1)
    try:
        with package.path(table).open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            for number, cells in enumerate(reader, start=2):
                yield Row(table, number, dict(zip(header, cells)))
    except (OSError, csv.Error):
        return


@dataclass(frozen=True)
class Rule:
    """One rule of the project.

    Attributes
    ----------
    id : str
        A letter for the theme and a number, such as ``T3``.
    title : str
        What must hold, in one line.
    severity : str
        ``error`` or ``warning``.
    needs : tuple of str
        Tables without which the rule has nothing to say.
    check : callable
        Takes `Data`, yields `Found`.
    """

    id: str
    title: str
    severity: str
    needs: tuple[str, ...]
    check: Callable[[Data], Iterator[Found]]

    @property
    def reason(self) -> str:
        """What a researcher would get wrong if it were broken."""
        return " ".join((self.check.__doc__ or "").split())

    @property
    def theme(self) -> str:
        """What the rule is about, with others: the first words of its module."""
        return (sys.modules[self.check.__module__].__doc__ or "").split("\n")[0].rstrip(".").split(":")[0]


REGISTRY: dict[str, Rule] = {}


def rule(id: str, title: str, *needs: str, severity: str = "error"):
    """Register a function as a rule; its docstring says what goes wrong for a researcher when it is broken."""

    def register(check):
        if id in REGISTRY:
            raise ValueError(f"two rules with id {id}")
        REGISTRY[id] = Rule(id, title, severity, needs, check)
        return check

    return register
