"""Every export is read back by a reader that did not write it, and equals the tables."""

import csv
import json
import sqlite3
import subprocess
import sys
import tracemalloc
from datetime import date, datetime

import pytest
import synthetic
from conftest import PROJECT, replace

from china_ai_controls import export as module
from china_ai_controls.cli import main
from china_ai_controls.errors import DataError, UnknownNameError
from china_ai_controls.export import FORMATS, contents, export
from china_ai_controls.schema import Package, package
from china_ai_controls.validation import validate
from china_ai_controls.views import described


@pytest.fixture(scope="module", params=sorted(FORMATS))
def written(request, tmp_path_factory):
    """Each format, as (name, what was written)."""
    return request.param, export(request.param, tmp_path_factory.mktemp("export") / f"out.{request.param}")


def expected():
    """What every format must hold: table or view to rows as tuples."""
    return {table.name: list(module._records(read())) for table, read in contents(package())}


def typed(table, texts):
    return [tuple(f.parse(t) for f, t in zip(table.fields, row)) for row in texts]


def read_csv(path):
    out = {}
    for table, _ in contents(package()):
        with (path / table.path).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == [f.name for f in table.fields]
        out[table.name] = typed(table, rows)
    return out


def read_jsonl(path):
    out = {}
    for table, _ in contents(package()):
        rows = [json.loads(line) for line in (path / f"{table.name}.jsonl").read_text(encoding="utf-8").splitlines()]
        out[table.name] = [tuple(date.fromisoformat(r[f.name]) if f.type == "date" and r[f.name] else r[f.name] for f in table.fields) for r in rows]
    return out


def read_parquet(path):
    from pyarrow import parquet

    out = {}
    for table, _ in contents(package()):
        read = parquet.read_table(path / f"{table.name}.parquet")
        for field in table.fields:
            assert read.schema.field(field.name).metadata[b"description"].decode() == field.description
        assert read.schema.metadata[b"description"].decode() == table.description
        out[table.name] = [tuple(row.values()) for row in read.to_pylist()]
    return out


def read_duckdb(path):
    import duckdb

    with duckdb.connect(str(path), read_only=True) as db:
        out = {t.name: db.execute(f'SELECT * FROM "{t.name}"').fetchall() for t, _ in contents(package())}
        comments = dict(db.execute("SELECT table_name || '.' || column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL").fetchall())
        keys = {name for (name,) in db.execute("SELECT DISTINCT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'").fetchall()}
    assert comments["events.direction"] == package().table("events").field("direction").description
    assert keys == set(out)
    return out


def read_sqlite(path):
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == [] and db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        ((meaning,),) = db.execute("SELECT description FROM codebook WHERE table_name = 'events' AND field_name = 'direction' AND code = ''").fetchall()
        assert meaning == package().table("events").field("direction").description
        out = {}
        for table, _ in contents(package()):
            rows = db.execute(f'SELECT * FROM "{table.name}"').fetchall()
            out[table.name] = [tuple(date.fromisoformat(v) if f.type == "date" and v else v for f, v in zip(table.fields, row)) for row in rows]
    return out


def read_xlsx(path):
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    out = {}
    for table, _ in contents(package()):
        header, *rows = book[table.name].iter_rows(values_only=True)
        width = len(table.fields)
        assert list(header) == [f.name for f in table.fields]
        # Excel knows one kind of number and one kind of day.
        kinds = {"number": lambda v: v if v is None else float(v), "date": lambda v: v.date() if isinstance(v, datetime) else v}
        padded = ((*row, *[None] * (width - len(row))) for row in rows)
        out[table.name] = [tuple(kinds.get(f.type, lambda v: v)(v) for f, v in zip(table.fields, row)) for row in padded]
    assert any("direction" in row for row in book["codebook"].iter_rows(values_only=True))
    return out


READERS = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet, "duckdb": read_duckdb, "sqlite": read_sqlite, "xlsx": read_xlsx}


def test_it_holds_the_tables_and_the_views(written):
    to, path = written
    if to == "graphml":
        return check_graph(path)
    found, wanted = READERS[to](path), expected()
    assert list(described()) == [name for name in wanted if name not in package().tables]
    for name, rows in wanted.items():
        assert sorted(map(repr, found[name])) == sorted(map(repr, rows)), name
    return None


def check_graph(path):
    import networkx

    graph = networkx.read_graphml(path, force_multigraph=True)
    wanted = expected()
    for name in module.NODES:
        table = package().table(name)
        for row in wanted[name]:
            held = graph.nodes[row[0]]
            assert {f.name: str(v) for f, v in zip(table.fields, row) if v is not None} == {k: str(v) for k, v in held.items() if k != "table"}
    assert len(graph) == sum(len(wanted[n]) for n in module.NODES)
    edges = {}
    for one, other, data in graph.edges(data=True):
        edges.setdefault(data["table"], set()).add((one, other))
    assert edges["source_links"] == {row[:2] for row in wanted["source_links"]}
    assert edges["claim_sources"] == {row[:2] for row in wanted["claim_sources"]}
    assert edges["event_relations"] == {(row[0], row[2]) for row in wanted["event_relations"]}
    assert edges["claims.event_id"] == {row[:2] for row in wanted["claims"]}
    links = {t.name for t in package().tables.values()} - set(module.NODES) - {"indicators", "searches", "second_coding", "retired_ids"}
    assert links <= set(edges)


def test_the_csv_export_is_a_package_that_validates(tmp_path):
    out = export("csv", tmp_path / "out")
    report = validate(out)
    assert report.errors == [], str(report)
    assert len(Package(out).tables) == len(package().tables) + len(described())
    for table in package().tables.values():
        assert (out / table.path).read_bytes() == package().path(table).read_bytes()


def test_a_cell_that_looks_like_a_formula_stays_text(tiny, tmp_path):
    import openpyxl

    replace(tiny, "data/events.csv", "The ministry published a rule.,", "=HYPERLINK(1),")
    replace(tiny, "data/sources.csv", "No such suspension", "{=1+1}")
    book = openpyxl.load_workbook(export("xlsx", tmp_path / "out.xlsx", source=Package(tiny)))
    cells = {c.value: c.data_type for sheet in (book["events"], book["sources"]) for row in sheet.iter_rows() for c in row if c.value}
    assert cells["=HYPERLINK(1)"] == "s" and cells["{=1+1}"] == "s"
    assert not any(kind == "f" for kind in cells.values())


@pytest.mark.parametrize("to", sorted(FORMATS))
def test_nothing_is_overwritten_unless_asked(to, tiny_package, tmp_path):
    out = tmp_path / "out"
    export(to, out, source=tiny_package)
    with pytest.raises(DataError, match="--force"):
        export(to, out, source=tiny_package)
    export(to, out, force=True, source=tiny_package)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".export")] == []


def test_a_folder_of_others_is_not_replaced_even_when_asked(tiny_package, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.tex").write_text("x")
    with pytest.raises(DataError, match="holds no earlier export"):
        export("csv", thesis, force=True, source=tiny_package)
    with pytest.raises(DataError, match="holds no earlier export"):
        export("csv", PROJECT, force=True, source=tiny_package)
    assert (thesis / "chapter.tex").read_text() == "x"


@pytest.mark.parametrize("to", sorted(FORMATS))
def test_a_damaged_table_leaves_nothing_behind(to, tiny, tmp_path):
    replace(tiny, "data/claims.csv", "K0004,E0003", "K0004,E0003,extra")
    with pytest.raises(DataError, match=r"claims\.csv"):
        export(to, tmp_path / "out", source=Package(tiny))
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".export*"))


def test_an_unknown_format_is_told(tmp_path):
    with pytest.raises(UnknownNameError, match="spss"):
        export("spss", tmp_path / "out")


@pytest.mark.parametrize("to", ["csv", "jsonl", "sqlite", "xlsx", "graphml"])
def test_equal_tables_give_equal_bytes(to, tiny_package, tmp_path):
    first, again = (export(to, tmp_path / name, source=tiny_package) for name in ("a", "b"))
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file()) if first.is_dir() else [None]
    for name in files:
        assert (first if name is None else first / name).read_bytes() == (again if name is None else again / name).read_bytes()


def test_the_command_line_knows_every_format(tmp_path, capsys):
    for to in FORMATS:
        assert main(["export", "--to", to, str(tmp_path / to)]) == 0
    assert main(["export", "--to", "csv", str(tmp_path / "csv")]) == 2
    assert "--force" in capsys.readouterr().err


def test_views_say_what_the_evidence_says():
    import china_ai_controls as cac

    rows = {r[0]: dict(zip((f.name for f in described()["events_with_evidence"].fields), r)) for r in expected()["events_with_evidence"]}
    judged = cac.evidence("E0001").judgement
    assert (rows["E0001"]["n_reports"], rows["E0001"]["origins"], rows["E0001"]["confidence"]) == (
        judged.n_reports,
        " ".join(judged.origins),
        judged.confidence,
    )
    pairs = [r for r in expected()["reports_and_origins"] if r[0] == "E0001"]
    assert len(pairs) == judged.n_reports and {r[2] for r in pairs} == set(judged.origins)
    force = {r[0]: r[-1] for r in expected()["measures_in_force"]}
    assert set(force.values()) == {"yes", "no"} and len(force) == len(cac.load("measures"))


def test_memory_does_not_grow_with_the_tables(tmp_path):
    """The peak of a streamed export of a package ten times larger stays far below ten times."""
    peaks = []
    for size in (2_000, 20_000):
        root = tmp_path / str(size)
        synthetic.write(root, size)
        tracemalloc.start()
        for name in ("sources",):
            rows = sum(len(part["source_id"]) for part in module.batches(name, Package(root), size=1_000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert rows == size
    assert peaks[1] < 3 * peaks[0]


def test_the_snippets_for_r_run_as_sql(tmp_path):
    """README shows R users two ways; both are SQL on files, so the SQL itself is run here by DuckDB."""
    import duckdb

    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    snippet = text.split("<!-- r -->")[1].split("<!-- end -->")[0]
    queries = [line.split('"')[1] for line in snippet.splitlines() if "dbGetQuery" in line]
    assert len(queries) == 2
    export("parquet", tmp_path / "parquet")
    export("duckdb", tmp_path / "cac.duckdb")
    with duckdb.connect(str(tmp_path / "cac.duckdb"), read_only=True) as db:
        assert len(db.execute(queries[0]).fetchall()) > 0
    done = subprocess.run(
        [sys.executable, "-c", f"import duckdb; print(len(duckdb.sql({queries[1]!r}).fetchall()))"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0 and int(done.stdout) > 0, done.stderr
