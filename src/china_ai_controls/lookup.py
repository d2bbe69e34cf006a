"""Rows of a package by key, for the pages that show one record. Each table is read once, when it is first needed. Standard library only."""

from datetime import date
from functools import cached_property
from itertools import compress

from .errors import Known
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
        self._columns: dict[str, dict[str, list]] = {}
        self._places: dict[tuple[str, str], Known] = {}

    def columns(self, table: str) -> dict[str, list]:
        """A table as typed columns, without the rows that were not known on the day."""
        if table not in self._columns:
            found = columns(table, self.package)
            self._columns[table] = found if self._masks is None else {f: list(compress(v, self._masks[table])) for f, v in found.items()}
        return self._columns[table]

    def places(self, table: str, field: str) -> dict[str, list[int]]:
        """Places of the rows with each value of a field."""
        if (table, field) not in self._places:
            places = self._places[table, field] = Known(table, ())
            for place, value in enumerate(self.columns(table)[field]):
                places.setdefault(value, []).append(place)
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

    def _row(self, table: str, place: int) -> dict:
        return {field: values[place] for field, values in self.columns(table).items()}

    @cached_property
    def evidence(self) -> Evidence:
        """The derived facts of the same rows."""
        return Evidence({name: self.columns(name) for name in Evidence.TABLES})
