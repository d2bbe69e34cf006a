"""The structural checks of a table by its Table Schema: header, rows, types, constraints, keys, references.

A fast twin of what frictionless does, with the same verdicts, rows and fields (a test damages packages in every way it knows and compares).
It knows the part of the standard that this package uses; `unable` says what in a package is beyond it. A large table is first read by pyarrow
and checked column by column; one in which anything is out of order, or that is small, is gone through row by row, so that each fault is found
at its place.
"""

import csv
import operator
import re
from array import array
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, islice, zip_longest
from typing import NamedTuple

from .schema import Field, ForeignKey, Package, Table

# From this size of all tables on, reading by column pays for the import of pyarrow.
COLUMNAR_BYTES = 4 * 2**20
# Faults told of one table, as many as the judge tells: nobody reads more.
MOST_FAULTS = 1_000
DEFAULT_DIALECT = {"header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\n"}
# Properties that change how a cell is read, and with which the engine does not meddle.
BEYOND = ("format", "missingValues", "bareNumber", "groupChar", "decimalChar", "fieldsMatch", "compression", "extrapaths")
CONSTRAINTS = {"required", "unique", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "enum"}
PLAIN_VALUES = {"format": ("default", "csv"), "missingValues": ([""],)}


class Fault(NamedTuple):
    """One structural fault.

    Attributes
    ----------
    table : str
    row : int or None
        Row of the file, counted as records; the header is row 1. None where the header or the file as a whole is meant.
    column : str
        Field, empty where the whole row is meant.
    kind : str
        The name that frictionless gives it, such as ``type-error``.
    cell : str or None
        What stands there.
    note : str
        What is wrong with it.
    """

    table: str
    row: int | None
    column: str
    kind: str
    cell: str | None
    note: str


def faults(package: Package, columnar: bool | None = None) -> Iterator[Fault]:
    """All structural faults of a package.

    Parameters
    ----------
    package : Package
    columnar : bool, optional
        Whether to try each table by column first; by default this is done in large packages.

    Yields
    ------
    Fault
        In the order of tables and rows, at most `MOST_FAULTS` of each table. Ask `unable` first: of a package that is beyond this engine
        nothing that it says holds.

    Examples
    --------
    >>> from china_ai_controls.schema import package
    >>> list(faults(package()))
    []
    """
    keys, columns = _ParentKeys(package), _Columns(package)
    if columnar is None:
        columnar = sum(package.path(t).stat().st_size for t in package.tables.values()) >= COLUMNAR_BYTES
    for table in package.tables.values():
        if not (columnar and columns.clean(table)):
            yield from islice(_rows(package, table, keys), MOST_FAULTS)


def unable(package: Package) -> str:
    """What in a descriptor is beyond this engine; empty if nothing is.

    Examples
    --------
    >>> from china_ai_controls.schema import package
    >>> unable(package())
    ''
    """
    for resource, table in zip(package.descriptor["resources"], package.tables.values()):
        names = [f.name for f in table.fields]
        keys = resource["schema"].get("foreignKeys", [])
        for part in (resource, resource["schema"], *resource["schema"]["fields"]):
            for name in BEYOND:
                if name in part and part[name] not in PLAIN_VALUES.get(name, ()):
                    return f"{name} in {table.name}"
        if not names or len(set(names)) < len(names):
            return f"the fields of {table.name}"
        if {**DEFAULT_DIALECT, **resource.get("dialect", {})} != DEFAULT_DIALECT or resource.get("encoding", "utf-8") != "utf-8":
            return f"the form of the file of {table.name}"
        if any(isinstance(k["fields"], list) and len(k["fields"]) != 1 for k in keys):
            return f"a key of {table.name} over several fields"
        for key in table.foreign_keys:
            if key.field not in names or key.table not in package.tables or key.target not in {f.name for f in package.tables[key.table].fields}:
                return f"the key {key.field} of {table.name}"
        if not set(table.primary_key) <= set(names):
            return f"the primary key of {table.name}"
        for field in table.fields:
            try:
                _checks(field)
            except (KeyError, TypeError, ValueError, ArithmeticError, re.error):
                return f"type or constraints of {table.name}.{field.name}"
            if not set(field.constraints) <= CONSTRAINTS:
                return f"constraints of {table.name}.{field.name}"
    return ""


# Row by row


class _ParentKeys:
    """Key values that references may name, read when they are first asked for."""

    def __init__(self, package: Package):
        self.package = package
        self.found: dict[tuple[str, str], set] = {}

    def of(self, table: str, field: str) -> set:
        if (table, field) not in self.found:
            parent = self.package.table(table)
            place = [f.name for f in parent.fields].index(field)
            read = _reader(parent.fields[place])
            values = {read(row[place])[0] if place < len(row) else None for row in _open(self.package, parent, skip=1)}
            self.found[table, field] = values - {None}
        return self.found[table, field]


def _open(package: Package, table: Table, skip: int = 0) -> Iterator[list[str]]:
    # A byte-order mark is no part of the first label; that there must be none is a rule of the project.
    with package.path(table).open(encoding="utf-8-sig", newline="") as file:
        yield from islice(csv.reader(file), skip, None)


def _rows(package: Package, table: Table, keys: _ParentKeys) -> Iterator[Fault]:
    try:
        rows = _open(package, table)
        header = next(rows, None)
        if header is None:
            yield Fault(table.name, None, "", "source-error", None, "the file is empty")
            return
        references = [(k, keys.of(k.table, k.target)) for k in table.foreign_keys]
        # As the judge does it: spaces around labels do not count, and for a header that is an empty line the fields are taken as described.
        header = [label.strip() for label in header] or [f.name for f in table.fields]
        yield from _header(table, header)
        yield from _body(table, header, rows, references)
    except UnicodeDecodeError as error:
        yield Fault(table.name, None, "", "encoding-error", None, str(error))
    except csv.Error as error:
        yield Fault(table.name, None, "", "source-error", None, str(error))


def _header(table: Table, labels: list[str]) -> Iterator[Fault]:
    names = [f.name for f in table.fields]
    for label in labels[len(names) :]:
        yield Fault(table.name, None, "", "extra-label", label, "no field of this name")
    for name in names[len(labels) :]:
        yield Fault(table.name, None, name, "missing-label", "", "the column is missing")
    for place, (name, label) in enumerate(zip(names, labels)):
        if not label:
            yield Fault(table.name, None, name, "blank-label", "", "the label is empty")
        elif label in labels[:place]:
            yield Fault(table.name, None, name, "duplicate-label", label, "the label stands twice")
        elif label != name:
            yield Fault(table.name, None, name, "incorrect-label", label, f"expected {name}")


def _body(table: Table, labels: list[str], rows: Iterator[list[str]], parents: list[tuple[ForeignKey, set]]) -> Iterator[Fault]:
    """Rows against the fields that the header leaves: those of missing columns are not expected again in every row."""
    fields = list(table.fields[: len(labels)])
    extra = len(labels) - len(fields)
    width = len(fields) + extra
    names = [f.name for f in fields]
    readers = [_reader(f) for f in fields] + [_anything] * extra
    unique = [(i, {}) for i, f in enumerate(fields) if f.constraints.get("unique")]
    primary = [names.index(k) for k in table.primary_key] if table.primary_key and set(table.primary_key) <= set(names) else []
    seen: dict[tuple, int] = {}
    references = [(names.index(k.field), k, known) for k, known in parents if k.field in names]
    for number, row in enumerate(rows, start=2):
        values, wrong = [], []
        for place, (read, cell) in enumerate(zip(readers, row)):
            value, problems = read(cell)
            values.append(value)
            if problems:
                wrong += [Fault(table.name, number, names[place] if place < len(names) else "", kind, cell, note) for kind, note in problems]
        if len(row) != width:
            wrong += _lengths(table, fields, readers, values, row, number)
            values += [None] * (width - len(values))
        if not any(v is not None for v in values) and not any(f.kind == "type-error" for f in wrong):
            wrong = [Fault(table.name, number, "", "blank-row", None, "the row is empty")]
        yield from wrong
        for place, earlier in unique:
            value = values[place]
            if value is not None:
                if value in earlier:
                    yield Fault(table.name, number, names[place], "unique-error", row[place], f"the same as in row {earlier[value]}")
                earlier[value] = number
        if primary:
            key = tuple([values[p] for p in primary])
            if key in seen or all(v is None for v in key):
                note = f"the same as in row {seen[key]}" if key in seen else "all parts of the key are empty"
                yield Fault(table.name, number, "", "primary-key", None, note)
            if any(v is not None for v in key):
                seen[key] = number
        for place, key, known in references:
            value = values[place]
            if value is not None and value not in known:
                yield Fault(table.name, number, "", "foreign-key", None, f"{key.field} {value!r} is not in {key.table}.{key.target}")


def _lengths(table: Table, fields: list[Field], readers: list, values: list, row: list[str], number: int) -> Iterator[Fault]:
    """Cells that are too many or too few; a missing cell of a required field is told as both."""
    width = len(readers)
    for cell in row[width:]:
        yield Fault(table.name, number, "", "extra-cell", cell, "more cells than columns")
    for field, read in zip_longest(fields[len(values) :], readers[len(values) :]):
        name = field.name if field else ""
        yield from (Fault(table.name, number, name, kind, None, note) for kind, note in read(None)[1])
        yield Fault(table.name, number, name, "missing-cell", "", "fewer cells than columns")


Read = Callable[[str | None], tuple[object, tuple[tuple[str, str], ...]]]


def _anything(cell: str | None) -> tuple[object, tuple]:
    return (cell or None), ()


def _reader(field: Field) -> Read:
    """What turns a cell into a value and what is wrong with it. Cells that recur are judged once."""
    parse, checks = _PARSE[field.type], _checks(field)
    required = field.constraints.get("required") is True
    empty = (None, (("constraint-error", 'constraint "required" is "True"'),) if required else ())
    plain = parse is str and not checks

    def judged(cell: str) -> tuple[object, tuple]:
        try:
            value = parse(cell)
        except (ValueError, ArithmeticError):
            return None, (("type-error", f'type is "{field.type}/default"'),)
        return value, tuple(("constraint-error", note) for note, holds in checks if not holds(value))

    if plain:
        return lambda cell: (cell, ()) if cell else empty
    known: dict[str, tuple] = {}
    # Texts that differ in every row would only fill memory.
    recurs = bool(field.codes) or field.type != "string" or "pattern" in field.constraints

    def read(cell: str | None):
        if not cell:
            return empty
        if not recurs:
            return judged(cell)
        found = known.get(cell)
        if found is None:
            found = known[cell] = judged(cell)
        return found

    return read


def _integer(cell: str) -> int:
    return int(cell.strip())


def _number(cell: str) -> Decimal:
    return Decimal(cell)


def _day(cell: str) -> date:
    # As the judge does it; that 2025-2-3 is no way to write a date is a rule of the project, not of the standard's readers.
    return datetime.strptime(cell, "%Y-%m-%d").date()


_PARSE: dict[str, Callable] = {"string": str, "integer": _integer, "number": _number, "date": _day}
_BOUNDS = {"minimum": operator.ge, "maximum": operator.le, "exclusiveMinimum": operator.gt, "exclusiveMaximum": operator.lt}


def _checks(field: Field) -> list[tuple[str, Callable]]:
    limits, parse, checks = field.constraints, _PARSE[field.type], []
    for name, compare in _BOUNDS.items():
        if name in limits and field.type != "string":
            limit = parse(str(limits[name]))
            checks.append((name, lambda v, compare=compare, limit=limit: v == v and compare(v, limit)))
    if field.type == "string":
        if "minLength" in limits:
            checks.append(("minLength", lambda v, least=limits["minLength"]: len(v) >= least))
        if "maxLength" in limits:
            checks.append(("maxLength", lambda v, most=limits["maxLength"]: len(v) <= most))
        if "pattern" in limits:
            checks.append(("pattern", re.compile(f"^{limits['pattern']}$").match))
    if "enum" in limits:
        allowed = {parse(str(v)) for v in limits["enum"]}
        checks.append(("enum", allowed.__contains__))
    return [(f'constraint "{name}" is "{limits[name]}"', holds) for name, holds in checks]


# By column


class _Columns:
    """Tables read by pyarrow as text. Of each only the columns that references may name are kept."""

    def __init__(self, package: Package):
        self.package = package
        self.named = {(k.table, k.target) for t in package.tables.values() for k in t.foreign_keys}
        self.kept: dict[tuple[str, str], object] = {}

    def read(self, table: Table):
        """One table, or None if it cannot be read in the plainest way."""
        import pyarrow
        from pyarrow import csv as arrow_csv

        names = [f.name for f in table.fields]
        convert = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pyarrow.string()), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
        )
        try:
            data = arrow_csv.read_csv(self.package.path(table), parse_options=arrow_csv.ParseOptions(ignore_empty_lines=False), convert_options=convert)
            if data.column_names != names:
                return None
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError):
            return None
        self.kept |= {(table.name, n): data[n].combine_chunks() for n in names if (table.name, n) in self.named}
        return data

    def keys(self, table: str, field: str):
        """The values that a reference may name, or None if the table cannot be read."""
        if (table, field) not in self.kept and self.read(self.package.tables[table]) is None:
            return None
        return self.kept.get((table, field))

    def clean(self, table: Table) -> bool:
        """Whether a table is surely without faults. False says only that it must be looked at row by row."""
        import pyarrow
        import pyarrow.compute as pc

        data = self.read(table)
        if data is None:
            return False
        try:
            return (
                all(_clean_column(pc, f, data[f.name]) for f in table.fields)
                and _distinct(pc, [data[k] for k in table.primary_key])
                and all(self._known(pc, data, key) for key in table.foreign_keys)
            )
        except pyarrow.ArrowException:
            return False

    def _known(self, pc, data, key: ForeignKey) -> bool:
        parents = self.keys(key.table, key.target)
        return parents is not None and _all(pc, pc.is_in(pc.drop_null(data[key.field]), value_set=parents))


# What a cell of each type looks like at its plainest; all else is left to the readers above.
_PLAIN = {"integer": r"^-?[0-9]{1,18}$", "number": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$", "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _clean_column(pc, field: Field, cells) -> bool:
    import pyarrow

    limits = field.constraints
    if limits.get("required") and cells.null_count:
        return False
    if limits.get("unique") and pc.count_distinct(cells, mode="only_valid").as_py() < len(cells) - cells.null_count:
        return False
    values = cells
    if field.type != "string":
        if not _all(pc, pc.match_substring_regex(cells, _PLAIN[field.type])):
            return False
        values = pc.cast(cells, {"integer": pyarrow.int64(), "number": pyarrow.float64(), "date": pyarrow.date32()}[field.type])
    checks = []
    if "pattern" in limits:
        checks.append(pc.match_substring_regex(cells, f"^(?:{limits['pattern']})$"))
    if "minLength" in limits:
        checks.append(pc.greater_equal(pc.utf8_length(cells), _constants(pc, [limits["minLength"]], pyarrow.int32())[0]))
    if "maxLength" in limits:
        checks.append(pc.less_equal(pc.utf8_length(cells), _constants(pc, [limits["maxLength"]], pyarrow.int32())[0]))
    if "enum" in limits:
        # Missing cells are no codes and need not be.
        checks.append(pc.is_in(pc.drop_null(values), value_set=_constants(pc, limits["enum"], values.type)))
    for name, compare in (("minimum", pc.greater_equal), ("maximum", pc.less_equal), ("exclusiveMinimum", pc.greater), ("exclusiveMaximum", pc.less)):
        if name in limits:
            checks.append(compare(values, _constants(pc, [limits[name]], values.type)[0]))
    return all(_all(pc, check) for check in checks)


def _constants(pc, values: list, kind):
    """Values as pyarrow compares with them. Given as objects of Python they would make it import pandas, which takes longer than all checks."""
    import pyarrow

    texts = [str(value).encode() for value in values]
    offsets = array("i", accumulate(map(len, texts), initial=0))
    data = pyarrow.StringArray.from_buffers(len(texts), pyarrow.py_buffer(offsets.tobytes()), pyarrow.py_buffer(b"".join(texts)))
    return pc.cast(data, kind)


def _all(pc, truths) -> bool:
    return pc.all(truths, min_count=0).as_py()


def _distinct(pc, columns: list) -> bool:
    """Whether no two rows have the same key; a key that is empty in every part is none."""
    if not columns:
        return True
    if len(columns) == 1:
        return columns[0].null_count == 0 and pc.count_distinct(columns[0]).as_py() == len(columns[0])
    # No cell of a key holds the character that joins them, or the rows are looked at one by one.
    if any(not _all(pc, pc.invert(pc.match_substring(c, "\x1f"))) for c in columns):
        return False
    joined = pc.binary_join_element_wise(*columns, _constants(pc, ["\x1f"], columns[0].type)[0], null_handling="replace", null_replacement="")
    return pc.count_distinct(joined).as_py() == len(joined)
