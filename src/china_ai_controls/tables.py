"""Reading the tables: typed records with the standard library, DataFrames with pandas.

Reading does not validate and does not touch the network.
"""

import csv
import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from . import asof
from .errors import BadDateError, DataError
from .schema import TYPES, Field, Package, Table, package, parse_day

# Rows that are read before they are taken apart by column: enough to make the work of each row small, few enough to weigh nothing.
CHUNK = 256


def tables() -> list[str]:
    """Names of the tables.

    Returns
    -------
    list of str
        In the codebook's order.

    Examples
    --------
    >>> tables()[:4]
    ['events', 'actors', 'companies', 'sources']
    """
    return list(package().tables)


def columns(name: str, source: Package | None = None, fields: Collection[str] | None = None) -> dict[str, list]:
    """One table as typed columns, without pandas.

    Parameters
    ----------
    name : str
        Table name, one of `tables`.
    source : Package, optional
        Another package of the same shape; the installed one by default.
    fields : collection of str, optional
        Only the fields among these, which saves time and memory on large tables; all by default.

    Returns
    -------
    dict of str to list
        One list per field, in the descriptor's order; missing values are None.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    DataError
        If the file is missing, has other columns, or a cell is not of its declared type.

    Examples
    --------
    >>> columns("events")["event_id"][0]
    'E0001'
    """
    source = source or package()
    table = source.table(name)
    _check_types(table)
    wanted = [(place, field, _reader(field), []) for place, field in enumerate(table.fields) if fields is None or field.name in fields]
    for number, rows in _chunks(source, table):
        try:
            for place, _, read, values in wanted:
                values += read([row[place] for row in rows])
        except ValueError:
            raise _first_error(table, number, rows, [(place, field) for place, field, _, _ in wanted]) from None
    for _, field, _, values in wanted:
        _check_values(table, field, values)
    return {field.name: values for _, field, _, values in wanted}


def batches(name: str, source: Package | None = None, size: int = 50_000) -> Iterator[dict[str, list]]:
    """One table as typed columns, some rows at a time, for tables that are larger than memory.

    Parameters
    ----------
    name : str
        Table name, one of `tables`.
    source : Package, optional
        Another package of the same shape; the installed one by default.
    size : int
        About how many rows at a time.

    Yields
    ------
    dict of str to list
        As `columns` gives them, for the next rows. A table without rows yields nothing.

    Raises
    ------
    UnknownNameError, DataError
        As `columns` does; a cell that is not of its type only when its rows are reached.

    Examples
    --------
    >>> sum(len(part["event_id"]) for part in batches("events", size=100)) == len(columns("events")["event_id"])
    True
    """
    source = source or package()
    table = source.table(name)
    _check_types(table)
    # Values of one batch are let go with it, so nothing is gained by sharing keys.
    wanted = [(place, field, _reader(field, share=False)) for place, field in enumerate(table.fields)]
    part: dict[str, list] = {field.name: [] for field in table.fields}
    for number, rows in _chunks(source, table):
        try:
            for place, field, read in wanted:
                part[field.name] += read([row[place] for row in rows])
        except ValueError:
            raise _first_error(table, number, rows, [(place, field) for place, field, _ in wanted]) from None
        if len(part[table.fields[0].name]) >= size:
            yield part
            part = {field.name: [] for field in table.fields}
    if part[table.fields[0].name]:
        yield part


def _reader(field: Field, share: bool = True) -> Callable[[list[str]], list]:
    """What turns cells of a field into values. One object stands for equal values, which keeps a million rows small."""
    if field.type != "string":
        parsed = _Parsed(field.parse)
        return lambda cells: list(map(parsed.__getitem__, cells))
    if share and ("pattern" in field.constraints or field.codes):
        # Keys and codes recur in every table, so they are shared between tables too.
        return lambda cells: [sys.intern(text) if text else None for text in cells]
    return lambda cells: [text or None for text in cells]


class _Parsed(dict):
    """Values by their text: a day that stands in a million rows is parsed once."""

    def __init__(self, parse: Callable):
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str):
        value = self[text] = self._parse(text)
        return value


def _first_error(table: Table, number: int, rows: list[list[str]], wanted: list[tuple[int, Field]]) -> DataError:
    """The first cell, in reading order, that is no value of its type."""
    for offset, row in enumerate(rows):
        for column, field in wanted:
            try:
                field.parse(row[column])
            except ValueError as error:
                place = f"{table.path}:{number + offset}:{field.name}"
                return DataError(f"{place}: {error}; expected a {field.type}. Run 'china-ai-controls validate' to see all problems")
    raise AssertionError("called only where a cell cannot be parsed")


def _check_types(table: Table) -> None:
    for field in table.fields:
        if field.type not in TYPES:
            raise DataError(f"{table.path}: {field.name} is of type {field.type!r}; expected one of {', '.join(TYPES)}")


def _check_values(table: Table, field: Field, values: list) -> None:
    """What everything computed from a column relies on: a value where one is required, and codes that are defined."""
    wrong = {None} if field.required else set()
    if field.codes:
        wrong |= set(values) - {None, *(c.value for c in field.codes)}
    for value in wrong.intersection(values):
        found = "empty" if value is None else repr(value)
        expected = "one of its codes" if field.codes else "a value"
        number = values.index(value) + 2
        raise DataError(f"{table.path}:{number}:{field.name}: {found}; expected {expected}. Run 'china-ai-controls validate' to see all problems")


def _chunks(source: Package, table: Table) -> Iterator[tuple[int, list[list[str]]]]:
    """Rows of a file, some thousands at a time, with the number of the first; the header is row 1."""
    path = source.path(table)
    expected = [f.name for f in table.fields]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if header != expected:
                raise DataError(f"{table.path}:1: columns are {', '.join(header) or 'none'}; expected {', '.join(expected)}")
            number = 2
            while rows := list(islice(reader, CHUNK)):
                for offset, row in enumerate(rows):
                    if len(row) != len(expected):
                        raise DataError(f"{table.path}:{number + offset}: {len(row)} cells; expected {len(expected)}")
                yield number, rows
                number += len(rows)
    except FileNotFoundError:
        raise DataError(f"{table.path}: file is missing; expected the table {table.name}") from None
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{table.path}: cannot be read as CSV in UTF-8 ({error})") from None


def rows(name: str, source: Package | None = None) -> list[dict]:
    """One table as typed records, without pandas.

    Parameters, errors: as for `columns`.

    Returns
    -------
    list of dict
        One dict per row, field name to value; missing values are None.

    Examples
    --------
    >>> rows("events")[0]["event_id"]
    'E0001'
    """
    data = columns(name, source)
    return [dict(zip(data, values)) for values in zip(*data.values())]


def snapshot(source: Package, day: date) -> asof.Snapshot:
    """The part of a package that was publicly known on a day.

    Examples
    --------
    >>> from china_ai_controls.schema import package
    >>> sum(snapshot(package(), date(2016, 1, 1)).masks["events"])
    0
    """
    # The first field of a table gives its length where no other is looked at.
    return asof.snapshot({t.name: columns(t.name, source, {t.fields[0].name, *asof.FIELDS}) for t in source.tables.values()}, day)


def as_date(value) -> date:
    """A day from a date, a datetime, a pandas Timestamp or text in the form YYYY-MM-DD.

    Raises
    ------
    BadDateError
        If it is none of these.

    Examples
    --------
    >>> as_date("2025-03-01")
    datetime.date(2025, 3, 1)
    """
    if isinstance(value, datetime):
        day = value.date()
        # A missing pandas timestamp is a datetime whose date is not a date.
        if isinstance(day, date) and day == day:
            return day
    elif isinstance(value, date):
        return value
    elif isinstance(value, str):
        try:
            return parse_day(value)
        except ValueError:
            pass
    raise BadDateError(value)


def load(name: str, as_of=None, source: Package | None = None):
    """One table as a DataFrame.

    A row is what the codebook says of the table (``describe(name)``).

    Parameters
    ----------
    name : str
        Table name, one of `tables`.
    as_of : str or datetime.date, optional
        Show only what was publicly known on that day (YYYY-MM-DD): sources published by then, what they support, and
        whatever those rows refer to. ``measures`` then has one more column, ``status``. Titles, summaries and notes
        are the coders' later words; only rows are filtered.
    source : Package, optional
        Another package of the same shape; the installed one by default.

    Returns
    -------
    pandas.DataFrame
        One column per field, in the descriptor's order. Codes are categoricals in the codebook's order, dates are
        ``datetime64``, text is ``str``, whole numbers that may be missing are ``Int64``. The text ``NA`` stays text.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    BadDateError
        If `as_of` is no date.
    DataError
        If a file is missing or damaged.

    Examples
    --------
    >>> events = load("events")
    >>> events["side"].cat.categories[0]
    'china'
    >>> len(load("events", as_of="2020-01-01")) < len(events)
    True
    """
    source = source or package()
    table = source.table(name)
    day = None if as_of is None else as_date(as_of)
    frame = _frame(source, table, _read(source, table))
    return frame if day is None else _known(frame, table, source, snapshot(source, day))


def load_all(as_of=None, source: Package | None = None) -> dict:
    """All tables as DataFrames, in less time than one after the other: some are read while others are made into frames.

    Parameters
    ----------
    as_of : str or datetime.date, optional
        Show only what was publicly known on that day, as `load` does.
    source : Package, optional
        Another package of the same shape; the installed one by default.

    Returns
    -------
    dict of str to pandas.DataFrame
        One frame per table, as `load` gives it, in the order of `tables`.

    Raises
    ------
    BadDateError, DataError
        As `load` does; of several damaged files the first in that order is named.

    Examples
    --------
    >>> data = load_all()
    >>> list(data) == tables()
    True
    >>> data["claims"].merge(data["events"], on="event_id").shape[0] == len(data["claims"])
    True
    """
    from concurrent.futures import ThreadPoolExecutor

    import pandas  # noqa: F401  # here, so that no thread waits for another's import

    source = source or package()
    known = None if as_of is None else snapshot(source, as_date(as_of))
    wanted = list(source.tables.values())
    # Most tables are too small for pyarrow to share between cores, so whole tables are.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        read = pool.map(lambda table: _read(source, table, threads=False), wanted)
        frames = {table.name: _frame(source, table, data) for table, data in zip(wanted, read)}
    return frames if known is None else {t.name: _known(frames[t.name], t, source, known) for t in wanted}


def _known(frame, table: Table, source: Package, known: asof.Snapshot):
    """The rows of a table that were public on a day, and of measures what had become of them by then."""
    frame = frame[known.masks[table.name]].reset_index(drop=True)
    if table.name == "measures":
        frame["status"] = frame["measure_id"].map(known.status).astype(_dtype(source.table("measure_events").field("stage")))
    return frame


@lru_cache
def _categories(codes: tuple[str, ...], ordered: bool):
    """Codes as pandas and as pyarrow hold them. Made once for each field: that takes longer than to read a small table."""
    import pandas
    import pyarrow

    return pandas.CategoricalDtype(codes, ordered=ordered), pyarrow.array(codes, pyarrow.large_string())


def _dtype(field: Field):
    """The pandas type of a categorical field."""
    return _categories(tuple(c.value for c in field.codes), field.ordered)[0]


def _read(source: Package, table: Table, threads: bool = True):
    """A file as pyarrow reads it, of the declared types."""
    import pyarrow
    from pyarrow import csv as arrow_csv

    _check_types(table)
    types = {"string": pyarrow.large_string(), "integer": pyarrow.int64(), "number": pyarrow.float64(), "date": pyarrow.date32()}
    convert = arrow_csv.ConvertOptions(
        column_types={f.name: types[f.type] for f in table.fields}, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
    )
    # Line breaks in cells are against the rules of the project, but a package of others may have them; without this option pyarrow, which
    # cuts large files at line breaks, can misread them in silence.
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    with _errors_with_place(source, table):
        return arrow_csv.read_csv(source.path(table), read_options=arrow_csv.ReadOptions(use_threads=threads), parse_options=parse, convert_options=convert)


def _frame(source: Package, table: Table, data):
    """What `_read` has read as a DataFrame."""
    import pandas

    with _errors_with_place(source, table):
        if data.column_names != [f.name for f in table.fields]:
            raise ValueError("other columns")
        return pandas.DataFrame({f.name: _series(f, column) for f, column in zip(table.fields, data.columns)}, copy=False)


@contextmanager
def _errors_with_place(source: Package, table: Table) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        # The other reader says in which row and cell.
        columns(table.name, source)
        raise DataError(f"{table.path}: {' '.join(str(error).split())}. Run 'china-ai-controls validate' to see all problems") from None


def _series(field: Field, column):
    """A column that pyarrow has read, as pandas holds values of its type; nothing is copied that need not be."""
    import numpy
    import pandas
    import pyarrow
    import pyarrow.compute as pc

    if field.required and column.null_count:
        raise ValueError(f"{field.name} is empty in a row")
    if field.type == "string" and field.codes:
        dtype, codes = _categories(tuple(c.value for c in field.codes), field.ordered)
        places = pc.index_in(column, value_set=codes)
        if places.null_count > column.null_count:
            raise ValueError(f"{field.name} has other values than its codes")
        return pandas.Categorical.from_codes(places.fill_null(-1).to_numpy(), dtype=dtype, validate=False)
    if field.type == "string":
        return pandas.StringDtype(na_value=numpy.nan).__from_arrow__(column)
    if field.type == "integer" and not field.required:
        return pandas.Int64Dtype().__from_arrow__(column)
    return (column.cast(pyarrow.timestamp("us")) if field.type == "date" else column).to_numpy()


def events(as_of=None):
    """The events: one row is one thing that happened at a time. See `load`.

    Examples
    --------
    >>> "event_id" in events().columns
    True
    """
    return load("events", as_of)


def actors(as_of=None):
    """The actors: one row is a person in a public role, or a public body. See `load`.

    Examples
    --------
    >>> "actor_id" in actors().columns
    True
    """
    return load("actors", as_of)


def companies(as_of=None):
    """The companies: one row is a firm, laboratory or fund. See `load`.

    Examples
    --------
    >>> "company_id" in companies().columns
    True
    """
    return load("companies", as_of)


def sources(as_of=None):
    """The sources: one row is one page or document. See `load`.

    Examples
    --------
    >>> "source_id" in sources().columns
    True
    """
    return load("sources", as_of)
