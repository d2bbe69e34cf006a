"""The views as SQL: DuckDB and Spark, from the same text, find what the package itself computes."""

import shutil
import subprocess

import pytest
import synthetic

from china_ai_controls.errors import UnknownNameError
from china_ai_controls.export import export
from china_ai_controls.schema import Package, package
from china_ai_controls.sql import sql
from china_ai_controls.views import described, view_batches

VIEWS = tuple(described())


@pytest.fixture(scope="module", params=["the package", "the generator's output"])
def source(request, tmp_path_factory):
    return package() if request.param == "the package" else Package(synthetic.write(tmp_path_factory.mktemp("synthetic"), 3_000))


@pytest.fixture(scope="module")
def parquet(source, tmp_path_factory):
    """The tables with their types, as anybody would hand them to another engine."""
    return export("parquet", tmp_path_factory.mktemp("tables") / "out", source=source)


def expected(view, source):
    """Rows of a view as the package computes them, in order of the key, codes and numbers as Python has them."""
    parts = list(view_batches(view, source))
    return sorted(row for part in parts for row in zip(*part.values()))


@pytest.fixture(scope="module")
def duck(parquet, source):
    import duckdb

    with duckdb.connect() as connection:
        for name in source.tables:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{_file(parquet, name)}')")
        yield connection


@pytest.fixture(scope="module")
def spark():
    if shutil.which("java") is None or subprocess.run(["java", "-version"], capture_output=True).returncode:
        pytest.skip("Spark needs Java, which is not installed")
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder.master("local[1]").appName("views")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def _file(parquet, name):
    return next(parquet.rglob(f"{name}.parquet"))


@pytest.mark.parametrize("view", VIEWS)
def test_duckdb_finds_the_same(view, duck, source):
    found = duck.execute(sql(view, source))
    assert [c[0] for c in found.description] == [f.name for f in described(source)[view].fields]
    rows = found.fetchall()
    assert rows == expected(view, source)
    assert rows


@pytest.mark.parametrize("view", VIEWS)
def test_spark_finds_the_same(view, spark, parquet, source):
    for name in source.tables:
        spark.read.parquet(str(_file(parquet, name))).createOrReplaceTempView(name)
    found = spark.sql(sql(view, source))
    assert found.columns == [f.name for f in described(source)[view].fields]
    assert [tuple(row) for row in found.collect()] == expected(view, source)


def test_no_such_view():
    with pytest.raises(UnknownNameError, match="events_with_evidence"):
        sql("events")
