"""The whole dataset in other formats, with the derived views. Every export is written elsewhere first and moved into place whole.

Tables are read and written some rows at a time, so that memory does not grow with them.
"""

import csv
import itertools
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from xml.sax.saxutils import XMLGenerator

from . import locate
from .errors import DataError, UnknownNameError
from .extras import need
from .schema import Field, Package, Table, package
from .tables import batches
from .views import described, view_batches

SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
# Excel's own limit; what does not fit must not be cut off silently.
SHEET_ROWS = 1_048_576


def export(to: str, out: str | Path, force: bool = False, source: Package | None = None) -> Path:
    """Write all tables, keys and derived views in another format.

    Parameters
    ----------
    to : str
        ``csv``, ``jsonl`` or ``parquet`` (a folder with one file per table and view, and the descriptor), ``duckdb``, ``sqlite``, ``xlsx``
        or ``graphml`` (one file).
    out : str or Path
        Where to. It is written beside it first and moved there when it is complete.
    force : bool
        Replace an earlier export. A folder that is none is never replaced.
    source : Package, optional

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    DataError
        If `out` exists, or a table cannot be read.
    MissingExtraError
        If the extra ``export`` is needed and not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(p.name for p in export("jsonl", Path(folder) / "out").iterdir())[:2]
    ['actors.jsonl', 'claim_sources.jsonl']
    """
    source = source or package()
    if to not in FORMATS:
        raise UnknownNameError("format", to, FORMATS)
    out = Path(out)
    _check_target(out, force)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        work = Path(folder) / (out.name or "out")
        FORMATS[to](source, work)
        if out.is_dir():
            shutil.rmtree(out)
        os.replace(work, out)
    return out


def _check_target(out: Path, force: bool) -> None:
    if not out.exists():
        return
    if not force:
        raise DataError(f"{out} exists; expected a new name, or --force to replace an earlier export")
    if out.is_dir() and any(out.iterdir()) and not _is_export(out):
        raise DataError(f"{out} is a folder that holds no earlier export; it is not replaced even with --force")


def _is_export(folder: Path) -> bool:
    try:
        return json.loads((folder / locate.DESCRIPTOR).read_text(encoding="utf-8"))["name"] == package().name and not (folder / "src").exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def contents(source: Package) -> Iterator[tuple[Table, Callable[[], Iterator[dict[str, list]]]]]:
    """All tables, each after those it refers to, then the views, each with what yields its rows as columns."""
    done: set[str] = set()
    waiting = list(source.tables.values())
    while waiting:
        table = next(t for t in waiting if {k.table for k in t.foreign_keys} <= done | {t.name})
        waiting.remove(table)
        done.add(table.name)
        yield table, lambda name=table.name: batches(name, source)
    for name, view in described(source).items():
        yield view, lambda name=name: view_batches(name, source)


def _records(parts: Iterator[dict[str, list]]) -> Iterator[tuple]:
    return itertools.chain.from_iterable(zip(*part.values()) for part in parts)


def view_resource(view: Table) -> dict:
    """A view as a resource of a data package."""
    return {
        "name": view.name,
        "path": view.path,
        "type": "table",
        "title": view.title,
        "description": view.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\n"},
        "schema": {
            "fields": [_field_described(f) for f in view.fields],
            "primaryKey": list(view.primary_key),
            "foreignKeys": [{"fields": [k.field], "reference": {"resource": k.table, "fields": [k.target]}} for k in view.foreign_keys],
        },
    }


def _field_described(field: Field) -> dict:
    out = {"name": field.name, "type": field.type, "title": field.title, "description": field.description, "example": field.example}
    if field.codes:
        out["constraints"] = {"enum": [c.value for c in field.codes]}
    return out


def _write_descriptor(source: Package, folder: Path, views: bool) -> None:
    descriptor = source.descriptor
    if views:
        descriptor = {**descriptor, "resources": [*descriptor["resources"], *(view_resource(v) for v in described(source).values())]}
    (folder / locate.DESCRIPTOR).write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _csv(source: Package, out: Path) -> None:
    """The package as it is, with the views as tables of it: a data package that validates."""
    for table, read in contents(source):
        path = out / table.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(f.name for f in table.fields)
            writer.writerows(["" if v is None else _number(v) for v in row] for row in _records(read()))
    _write_descriptor(source, out, views=True)


def _number(value):
    """Whole numbers without a point, as they stand in the tables."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _jsonl(source: Package, out: Path) -> None:
    out.mkdir()
    for table, read in contents(source):
        names = [f.name for f in table.fields]
        with (out / f"{table.name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for row in _records(read()):
                json.dump({n: v.isoformat() if isinstance(v, date) else v for n, v in zip(names, row)}, file, ensure_ascii=False)
                file.write("\n")
    _write_descriptor(source, out, views=False)


def _parquet(source: Package, out: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    types = {"string": pyarrow.string(), "integer": pyarrow.int64(), "number": pyarrow.float64(), "date": pyarrow.date32()}
    out.mkdir()
    for table, read in contents(source):
        fields = [
            pyarrow.field(f.name, types[f.type], nullable=not f.required, metadata={"title": f.title, "description": f.description}) for f in table.fields
        ]
        about = {"title": table.title, "description": table.description, "primary_key": ",".join(table.primary_key), "version": source.version}
        schema = pyarrow.schema(fields, metadata=about)
        with parquet.ParquetWriter(out / f"{table.name}.parquet", schema, compression="zstd") as writer:
            for part in read():
                writer.write_table(pyarrow.table(part, schema=schema))
    _write_descriptor(source, out, views=False)


def _ddl(table: Table, quote: str = '"') -> str:
    """One table as SQL, with its keys; codes as checks."""

    def named(name: str) -> str:
        return f"{quote}{name}{quote}"

    lines = [f"{named(f.name)} {SQL_TYPES[f.type]}{' NOT NULL' if f.required else ''}{_check(f, named(f.name))}" for f in table.fields]
    lines.append(f"PRIMARY KEY ({', '.join(map(named, table.primary_key))})")
    # A table that refers to itself cannot be filled in parts under such a key, for a row may come before the one it names.
    lines += [f"FOREIGN KEY ({named(k.field)}) REFERENCES {named(k.table)} ({named(k.target)})" for k in table.foreign_keys if k.table != table.name]
    return f"CREATE TABLE {named(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def _check(field: Field, name: str) -> str:
    if not field.codes:
        return ""
    values = ", ".join(str(c.value) if isinstance(c.value, int) else f"'{c.value}'" for c in field.codes)
    return f" CHECK ({name} IN ({values}))"


def _codebook_rows(source: Package) -> Iterator[tuple[str, str, str, str, str]]:
    """Every table, field and code with its meaning: what formats without room for descriptions carry as a table."""
    for table in (*source.tables.values(), *described(source).values()):
        yield table.name, "", "", table.title, table.description
        for field in table.fields:
            yield table.name, field.name, "", field.title, field.description
            for code in field.codes:
                if code.description:
                    yield table.name, field.name, str(code.value), code.label, code.description


CODEBOOK_COLUMNS = ("table_name", "field_name", "code", "title", "description")


def _duckdb(source: Package, out: Path) -> None:
    need("export", "duckdb")
    import duckdb
    import pyarrow

    with duckdb.connect(str(out)) as db:
        for table, read in contents(source):
            db.execute(_ddl(table))
            for part in read():
                arrow = pyarrow.table({f.name: pyarrow.array(part[f.name], _arrow_type(f)) for f in table.fields})
                db.register("part", arrow)
                db.execute(f'INSERT INTO "{table.name}" SELECT * FROM part')
                db.unregister("part")
            db.execute(f"COMMENT ON TABLE \"{table.name}\" IS '{_sql_text(table.description)}'")
            for field in table.fields:
                db.execute(f'COMMENT ON COLUMN "{table.name}"."{field.name}" IS \'{_sql_text(field.description)}\'')
        db.execute(f"CREATE TABLE codebook ({', '.join(f'{c} VARCHAR' for c in CODEBOOK_COLUMNS)})")
        db.executemany("INSERT INTO codebook VALUES (?, ?, ?, ?, ?)", list(_codebook_rows(source)))


def _arrow_type(field: Field):
    import pyarrow

    return {"string": pyarrow.string(), "integer": pyarrow.int64(), "number": pyarrow.float64(), "date": pyarrow.date32()}[field.type]


def _sql_text(text: str) -> str:
    return text.replace("'", "''")


def _sqlite(source: Package, out: Path) -> None:
    db = sqlite3.connect(out)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA journal_mode = OFF")
        for table, read in contents(source):
            db.execute(_ddl(table))
            marks = ", ".join("?" * len(table.fields))
            rows = ([v.isoformat() if isinstance(v, date) else v for v in row] for row in _records(read()))
            db.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)
        db.execute(f"CREATE TABLE codebook ({', '.join(f'{c} VARCHAR' for c in CODEBOOK_COLUMNS)})")
        db.executemany("INSERT INTO codebook VALUES (?, ?, ?, ?, ?)", _codebook_rows(source))
        db.commit()
    finally:
        db.close()


def _xlsx(source: Package, out: Path) -> None:
    need("export", "xlsxwriter")
    import xlsxwriter

    # Text stays text: no cell is ever read as a formula, number or link by its look. Without a date of creation equal data are equal files.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": source.descriptor["title"], "comments": f"Version {source.version}", "created": _created(source)})
        bold = book.add_format({"bold": True})
        for table, read in contents(source):
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            for column, field in enumerate(table.fields):
                sheet.write_string(0, column, field.name, bold)
            for number, row in enumerate(_records(read()), start=1):
                if number >= SHEET_ROWS:
                    raise DataError(
                        f"{table.name} has more than {SHEET_ROWS - 1:,} rows, which no sheet of Excel holds; expected a smaller package or another format"
                    )
                for column, value in enumerate(row):
                    _write_cell(sheet, number, column, value)
        sheet = book.add_worksheet("codebook")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate((CODEBOOK_COLUMNS, *_codebook_rows(source))):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, *([bold] if number == 0 else []))


def _created(source: Package):
    from datetime import datetime

    return datetime.fromisoformat(source.descriptor["created"]).replace(tzinfo=None)


def _write_cell(sheet, row: int, column: int, value) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)


# Tables whose rows are nodes of the graph; the rows of the others, and the references of these, are its edges.
NODES = ("places", "companies", "actors", "sources", "measures", "events", "claims")


def _graphml(source: Package, out: Path) -> None:
    """Records as nodes with their fields, links and references as edges. Keys are unique over all tables, so they name the nodes."""
    tables = {table.name: (table, read) for table, read in contents(source)}
    edges = [n for n, (t, _) in tables.items() if n not in NODES and len([k for k in t.foreign_keys if k.table in NODES]) >= 2 and n in source.tables]
    attributes: dict[tuple[str, str], str] = {}
    for name in (*NODES, *edges):
        for field in tables[name][0].fields:
            attributes.setdefault(("node" if name in NODES else "edge", field.name), {"integer": "long", "number": "double"}.get(field.type, "string"))
    with out.open("w", encoding="utf-8", newline="\n") as file:
        xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
        xml.startDocument()
        xml.startElement("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"})
        for kind in ("node", "edge"):
            _element(xml, "key", {"id": f"{kind}_table", "for": kind, "attr.name": "table", "attr.type": "string"})
        for (kind, name), value_type in attributes.items():
            _element(xml, "key", {"id": f"{kind}_{name}", "for": kind, "attr.name": name, "attr.type": value_type})
        xml.startElement("graph", {"id": source.name, "edgedefault": "directed"})
        for name in NODES:
            table, read = tables[name]
            for row in _records(read()):
                values = dict(zip((f.name for f in table.fields), row))
                xml.startElement("node", {"id": values[table.primary_key[0]]})
                _data(xml, "node", name, values)
                xml.endElement("node")
        for name in NODES:
            table, read = tables[name]
            for row in _records(read()):
                values = dict(zip((f.name for f in table.fields), row))
                for key in table.foreign_keys:
                    if values[key.field]:
                        xml.startElement("edge", {"source": values[table.primary_key[0]], "target": values[key.field]})
                        _data(xml, "edge", f"{name}.{key.field}", {})
                        xml.endElement("edge")
        for name in edges:
            table, read = tables[name]
            ends = [k.field for k in table.foreign_keys if k.table in NODES][:2]
            for row in _records(read()):
                values = dict(zip((f.name for f in table.fields), row))
                xml.startElement("edge", {"source": values[ends[0]], "target": values[ends[1]]})
                _data(xml, "edge", name, values)
                xml.endElement("edge")
        xml.endElement("graph")
        xml.endElement("graphml")
        xml.endDocument()


def _element(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    xml.startElement(name, attributes)
    xml.endElement(name)


def _data(xml: XMLGenerator, kind: str, table: str, values: dict) -> None:
    for name, value in {"table": table, **values}.items():
        if value is not None:
            xml.startElement("data", {"key": f"{kind}_{name}"})
            xml.characters(str(value))
            xml.endElement("data")


FORMATS: dict[str, Callable[[Package, Path], None]] = {
    "csv": _csv,
    "duckdb": _duckdb,
    "graphml": _graphml,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "sqlite": _sqlite,
    "xlsx": _xlsx,
}
