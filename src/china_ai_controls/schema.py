"""The descriptor as objects: package, tables, fields, codes and keys. Standard library only."""

import json
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from . import locate
from .errors import DataError, UnknownNameError
from .plain import clipped


class Code(NamedTuple):
    """One code of a categorical field, with its definition."""

    value: str | int
    label: str
    description: str


class Field(NamedTuple):
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
TYPES = tuple(_PARSERS)


class ForeignKey(NamedTuple):
    """A column whose values are keys of another table (or of its own)."""

    field: str
    table: str
    target: str


class Table(NamedTuple):
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
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: not valid JSON in UTF-8 ({error}); expected a Data Package descriptor") from None
        if not isinstance(self.descriptor, dict) or not isinstance(self.descriptor.get("resources"), list):
            raise DataError(f"{path}: no list of resources; expected a Data Package descriptor")
        for key in ("name", "title", "description", "version"):
            if not isinstance(self.descriptor.get(key, ""), str):
                raise DataError(f"{path}: {key} is {clipped(repr(self.descriptor[key]), 60)}; expected text")

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


def _get(part: dict, key: str, kind: type | tuple[type, ...], *default):
    """A part of the descriptor, which is of the kind that everything after this relies on; without a default it must be there."""
    value = part.get(key, *default) if default else part[key]
    if not isinstance(value, kind):
        raise TypeError(f"{key} is {clipped(repr(value), 60)}")
    return value


def _names(part: dict, key: str) -> tuple[str, ...]:
    """Names of fields; a single one may stand without a list."""
    value = _get(part, key, (str, list), [])
    names = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"{key} is {clipped(repr(value), 60)}")
    return names


def _table(resource: dict) -> Table:
    schema = _get(resource, "schema", dict)
    name = _get(resource, "name", str)
    return Table(
        name=name,
        path=_get(resource, "path", str),
        title=_get(resource, "title", str, ""),
        description=_get(resource, "description", str, ""),
        fields=tuple(_field(f) for f in _get(schema, "fields", list)),
        primary_key=_names(schema, "primaryKey"),
        unique_keys=tuple(_names({"uniqueKeys": k}, "uniqueKeys") for k in _get(schema, "uniqueKeys", list, [])),
        foreign_keys=tuple(
            ForeignKey(_names(k, "fields")[0], _get(k["reference"], "resource", str, "") or name, _names(k["reference"], "fields")[0])
            for k in _get(schema, "foreignKeys", list, [])
        ),
    )


def _field(field: dict) -> Field:
    return Field(
        name=_get(field, "name", str),
        type=_get(field, "type", str),
        title=_get(field, "title", str, ""),
        description=_get(field, "description", str, ""),
        example=field.get("example", ""),
        constraints=_get(field, "constraints", dict, {}),
        codes=tuple(_code(c) for c in _get(field, "categories", list, [])),
        ordered=_get(field, "categoriesOrdered", bool, False),
    )


def _code(code: dict | str | int) -> Code:
    """One category; the standard allows the bare value too."""
    if isinstance(code, str | int):
        return Code(code, "", "")
    return Code(_get(code, "value", (str, int)), _get(code, "label", str, ""), _get(code, "description", str, ""))


@lru_cache(maxsize=1)
def package() -> Package:
    """The package that this installation carries."""
    return Package(locate.root())
