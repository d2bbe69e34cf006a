"""The descriptor as objects: package, tables, fields, codes and keys. Standard library only."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from . import locate
from .errors import DataError, UnknownNameError


@dataclass(frozen=True)
class Code:
    """One code of a categorical field, with its definition."""

    value: str | int
    label: str
    description: str


@dataclass(frozen=True)
class Field:
    """One column of a table."""

    name: str
    type: str
    title: str
    description: str
    example: str
    constraints: dict
    codes: tuple[Code, ...]
    ordered: bool

    @property
    def required(self) -> bool:
        """Whether every row has a value."""
        return bool(self.constraints.get("required"))

    def parse(self, text: str):
        """Typed value of one cell.

        Parameters
        ----------
        text : str
            The cell as it stands in the file; an empty cell is missing.

        Returns
        -------
        str, int, float, datetime.date or None

        Raises
        ------
        ValueError
            If the text is no value of the declared type.

        Examples
        --------
        >>> package().table("events").field("date_earliest").parse("2025-02-17")
        datetime.date(2025, 2, 17)
        """
        return _PARSERS[self.type](text) if text else None


def parse_day(text: str) -> date:
    """A day in the form YYYY-MM-DD, and in no other: Python also takes week dates and dates without dashes.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> parse_day("2025-02-17")
    datetime.date(2025, 2, 17)
    """
    if text[4:5] != "-" or text[7:8] != "-" or not text[5:7].isdecimal():
        raise ValueError(f"{text!r} is not a date in the form YYYY-MM-DD")
    return date.fromisoformat(text)


_PARSERS = {"string": str, "integer": int, "number": float, "date": parse_day}


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values are keys of another table (or of its own)."""

    field: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """One table of the package."""

    name: str
    path: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    unique_keys: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises
        ------
        UnknownNameError
            If the table has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise UnknownNameError(f"field of {self.name}", name, (f.name for f in self.fields))


class Package:
    """A data package on disk: its descriptor and its tables.

    Parameters
    ----------
    root : pathlib.Path
        Folder of ``datapackage.json``.

    Raises
    ------
    DataError
        If the descriptor is missing or is no descriptor.
    """

    def __init__(self, root: Path):
        self.root = Path(root)
        path = self.root / locate.DESCRIPTOR
        try:
            self.descriptor = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); expected a Data Package descriptor") from None
        except ValueError as error:
            raise DataError(f"{path}: not valid JSON in UTF-8 ({error}); expected a Data Package descriptor") from None
        if not isinstance(self.descriptor, dict) or not isinstance(self.descriptor.get("resources"), list):
            raise DataError(f"{path}: no list of resources; expected a Data Package descriptor")

    @property
    def name(self) -> str:
        """Name of the package."""
        return self.descriptor.get("name", "")

    @property
    def version(self) -> str:
        """Version of the data."""
        return self.descriptor.get("version", "")

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Tables by name, in the descriptor's order."""
        try:
            return {r["name"]: _table(r) for r in self.descriptor["resources"]}
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise DataError(f"{self.root / locate.DESCRIPTOR}: a table is not described as a Table Schema ({type(error).__name__}: {error})") from None

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises
        ------
        UnknownNameError
            If the package has no such table; the message names those it has.

        Examples
        --------
        >>> package().table("events").primary_key
        ('event_id',)
        """
        if not isinstance(name, str) or name not in self.tables:
            raise UnknownNameError("table", name, self.tables)
        return self.tables[name]

    def path(self, table: Table) -> Path:
        """Where the table's file is."""
        return self.root / table.path


def _table(resource: dict) -> Table:
    schema = resource["schema"]
    return Table(
        name=resource["name"],
        path=resource["path"],
        title=resource.get("title", ""),
        description=resource.get("description", ""),
        fields=tuple(_field(f) for f in schema["fields"]),
        primary_key=tuple(schema.get("primaryKey", ())),
        unique_keys=tuple(tuple(k) for k in schema.get("uniqueKeys", ())),
        foreign_keys=tuple(
            ForeignKey(k["fields"][0], k["reference"].get("resource") or resource["name"], k["reference"]["fields"][0])
            for k in schema.get("foreignKeys", ())
        ),
    )


def _field(field: dict) -> Field:
    return Field(
        name=field["name"],
        type=field["type"],
        title=field.get("title", ""),
        description=field.get("description", ""),
        example=field.get("example", ""),
        constraints=field.get("constraints", {}),
        codes=tuple(Code(c["value"], c.get("label", ""), c.get("description", "")) for c in field.get("categories", ())),
        ordered=field.get("categoriesOrdered", False),
    )


@lru_cache(maxsize=1)
def package() -> Package:
    """The package that this installation carries."""
    return Package(locate.root())
