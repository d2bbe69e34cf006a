"""Rows of a package by key, for the pages that show one record. Standard library only.

Of each table only the keys are read, and of the rows only those that are asked for: a page needs some dozens of many thousands.
"""

import csv
import io
from collections.abc import Collection, Iterable
from datetime import date
from itertools import compress

from .errors import DataError, Known
from .evidence import Evidence
from .schema import Package
from .tables import columns, snapshot


class Lookup:
    """Rows by key.

    Parameters
    ----------
    source : Package
    day : datetime.date, optional
        Only what was publicly known on that day.

    Examples
    --------
    >>> from china_ai_controls.schema import package
    >>> Lookup(package()).one("events", "event_id", "E0001")["side"]
    'china'
    """

    def __init__(self, source: Package, day: date | None = None):
        self.package, self.day = source, day
        self._masks = None if day is None else snapshot(source, day).masks
        self._records: dict[str, list[str]] = {}
        self._places: dict[tuple[str, str], Known] = {}

    def places(self, table: str, field: str) -> dict[str, list[int]]:
        """Places of the rows with each value of a field, among those that were known on the day."""
        if (table, field) not in self._places:
            column = [f.name for f in self.package.table(table).fields].index(field)
            places = self._places[table, field] = Known(table, ())
            for place, record in enumerate(self._read(table)):
                # Keys stand at the front and unquoted, so that they can be had without taking the record apart.
                front = record.split(",", column + 1)[: column + 1]
                plain = column < len(front) and ('"' not in record or '"' not in "".join(front))
                key = front[column] if plain else self._cells(table, place)[column]
                if key in places:
                    places[key].append(place)
                else:
                    places[key] = [place]
        return self._places[table, field]

    def of(self, table: str, field: str, value: str) -> list[dict]:
        """The rows with that value, in the order of the table."""
        return [self._row(table, place) for place in self.places(table, field).get(value, ())]

    def one(self, table: str, field: str, value: str) -> dict:
        """The first row with that value.

        Raises
        ------
        DataError
            If there is none.
        """
        return self._row(table, self.places(table, field)[value][0])

    def evidence(self, claims: Iterable[str]) -> Evidence:
        """The derived facts of some claims: of the sources under them, of what these rest on, and of what rests on any of them."""
        claims = list(claims)
        links = columns("source_links", self.package)
        if self._masks is not None:
            links = {f: list(compress(values, self._masks["source_links"])) for f, values in links.items()}
        backing = [row for claim in claims for row in self.of("claim_sources", "claim_id", claim)]
        near = _near({row["source_id"] for row in backing}, list(zip(links["source_id"], links["relies_on_id"])))
        rows = {
            "sources": [self.one("sources", "source_id", source) for source in sorted(near)],
            "claims": [self.one("claims", "claim_id", claim) for claim in claims],
            "claim_sources": backing,
            "measure_events": [],
            "events": [],
        }
        return Evidence({"source_links": links, **{t: {f: [row[f] for row in found] for f in Evidence.TABLES[t]} for t, found in rows.items()}})

    def _read(self, name: str) -> list[str]:
        """The records of a table as they stand in the file."""
        if name not in self._records:
            table = self.package.table(name)
            try:
                header, *records = _split(self.package.path(table).read_bytes().decode())
            except (OSError, ValueError):
                raise self._damaged(name) from None
            if _cells(header) != [f.name for f in table.fields]:
                raise self._damaged(name)
            self._records[name] = records if self._masks is None else list(compress(records, self._masks[name]))
        return self._records[name]

    def _row(self, name: str, place: int) -> dict:
        try:
            return {field.name: field.parse(cell) for field, cell in zip(self.package.table(name).fields, self._cells(name, place))}
        except ValueError:
            raise self._damaged(name) from None

    def _cells(self, name: str, place: int) -> list[str]:
        try:
            cells = _cells(self._read(name)[place])
        except csv.Error:
            raise self._damaged(name) from None
        if len(cells) != len(self.package.table(name).fields):
            raise self._damaged(name)
        return cells

    def _damaged(self, name: str) -> DataError:
        """What is wrong with a table, found by the reader that says in which row and cell."""
        try:
            columns(name, self.package)
        except DataError as error:
            return error
        return DataError(f"{self.package.table(name).path}: cannot be read. Run 'china-ai-controls validate' to see all problems")


def _split(text: str) -> list[str]:
    """Records of a file; a line break inside quotes belongs to its record."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not any(line.count('"') % 2 for line in lines if '"' in line):
        return lines
    records: list[str] = []
    within = False
    for line in lines:
        if within:
            records[-1] += f"\n{line}"
        else:
            records.append(line)
        within ^= line.count('"') % 2 == 1
    return records


def _cells(record: str) -> list[str]:
    return next(csv.reader(io.StringIO(record, newline="")), [])


def _near(sources: Collection[str], links: list[tuple[str, str]]) -> set[str]:
    """Sources, all that they rest on, and all that rests on any of these."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for child, parent in links:
        above.setdefault(child, []).append(parent)
        below.setdefault(parent, []).append(child)
    return _reached(_reached(sources, above), below)


def _reached(start: Collection[str], step: dict[str, list[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        for one in step.get(todo.pop(), ()):
            if one not in found:
                found.add(one)
                todo.append(one)
    return found
