"""Loading: types, missing values, what was known on a day, and errors that help."""

import json
from datetime import date, datetime

import pandas
import pytest
from conftest import replace
from hypothesis import given, settings
from hypothesis import strategies as st

import china_ai_controls as cac
from china_ai_controls import asof
from china_ai_controls.errors import BadDateError, DataError, UnknownNameError
from china_ai_controls.evidence import Evidence
from china_ai_controls.schema import Package, package
from china_ai_controls.tables import as_date, columns, load, load_all, rows

TABLES = list(package().tables)
REAL = {name: columns(name) for name in TABLES}


def load_among_all(name, source):
    """One table of those that are read together."""
    return load_all(source=source)[name]


READERS = (load, load_among_all, rows)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_loads_with_its_declared_columns_and_types(name):
    frame, table = cac.load(name), package().table(name)
    assert list(frame.columns) == [f.name for f in table.fields]
    for field in table.fields:
        dtype = frame[field.name].dtype
        if field.codes and field.type == "string":
            assert dtype.categories.tolist() == [c.value for c in field.codes]
        elif field.type == "date":
            assert pandas.api.types.is_datetime64_dtype(dtype)
        elif field.type == "integer":
            assert pandas.api.types.is_integer_dtype(dtype)
        elif field.type == "number":
            assert pandas.api.types.is_float_dtype(dtype)
        else:
            assert pandas.api.types.is_string_dtype(dtype)


@pytest.mark.parametrize("day", [None, "2025-03-01"])
def test_tables_read_together_are_those_read_alone(day):
    together = cac.load_all(day)
    assert list(together) == TABLES
    for name, frame in together.items():
        pandas.testing.assert_frame_equal(frame, cac.load(name, day), check_exact=True)


@pytest.mark.parametrize("name", TABLES)
def test_records_and_frames_have_the_same_cells(name):
    frame = cac.load(name)
    for field, values in columns(name).items():
        own = [None if pandas.isna(v) else v.date() if hasattr(v, "date") else v for v in frame[field]]
        assert own == values


@pytest.mark.parametrize("name", TABLES)
def test_some_fields_are_those_of_all(name):
    whole = columns(name)
    some = list(whole)[::2]
    assert columns(name, fields=some) == {field: whole[field] for field in some}


@pytest.mark.parametrize("name", ["events", "actors", "companies", "sources"])
def test_core_tables_have_an_accessor(name):
    assert getattr(cac, name)().equals(cac.load(name))


def test_the_text_na_stays_text(tiny_package):
    assert load("events", source=tiny_package)["note"].tolist()[2] == "NA"
    assert rows("events", tiny_package)[2]["note"] == "NA"
    assert pandas.isna(load("events", source=tiny_package)["note"].tolist()[0])


def test_importing_loads_no_heavy_module():
    import subprocess
    import sys

    script = "import sys, china_ai_controls; print([m for m in ('pandas', 'pyarrow', 'numpy', 'frictionless', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"


class TestErrors:
    def test_unknown_table_names_the_nearest_and_the_valid(self):
        with pytest.raises(UnknownNameError, match=r"unknown table 'event'.*Nearest match: 'events'.*measures"):
            cac.load("event")

    @pytest.mark.parametrize("name", [None, 3, ["events"]])
    def test_a_table_name_that_is_no_text(self, name):
        with pytest.raises(UnknownNameError):
            cac.load(name)

    @pytest.mark.parametrize("day", ["2025-13-01", "yesterday", "2025-3-1", 20250301, "2025-W09-5", pandas.NaT])
    def test_a_date_that_is_none(self, day):
        with pytest.raises(BadDateError, match="Expected a day as YYYY-MM-DD"):
            cac.load("events", as_of=day)
        with pytest.raises(BadDateError, match="Expected a day as YYYY-MM-DD"):
            cac.load_all(as_of=day)

    @pytest.mark.parametrize("day", ["2025-03-01", date(2025, 3, 1), datetime(2025, 3, 1, 5), pandas.Timestamp("2025-03-01")])
    def test_days_in_all_their_forms(self, day):
        assert as_date(day) == date(2025, 3, 1)

    def test_missing_file(self, tiny_package):
        (tiny_package.root / "data" / "events.csv").unlink()
        for read in READERS:
            with pytest.raises(DataError, match=r"data/events.csv: file is missing"):
                read("events", source=tiny_package)

    def test_of_several_damaged_files_the_first_is_named(self, tiny):
        replace(tiny, "data/claims.csv", "claim_id,event_id,", "claim,event_id,")
        replace(tiny, "data/actors.csv", "actor_id,name,", "actor,name,")
        with pytest.raises(DataError, match=r"data/actors\.csv.*actor, name"):
            load_all(source=Package(tiny))

    def test_wrong_column(self, tiny):
        replace(tiny, "data/events.csv", "event_id,title,", "event_id,titel,")
        for read in READERS:
            with pytest.raises(DataError, match="titel"):
                read("events", source=Package(tiny))

    def test_a_date_in_a_file_that_is_none(self, tiny):
        replace(tiny, "data/events.csv", "2025-06-01,2025-06-30", "2025-06-01,2025-06-31")
        for read in READERS:
            with pytest.raises(DataError, match=r"data/events.csv.*validate"):
                read("events", source=Package(tiny))

    def test_the_first_damaged_cell_is_named_however_far_down(self, tiny):
        path = tiny / "data" / "claims.csv"
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"K{n:04},E0001,scope,Statement {n}\n" for n in range(5, 1000))
        replace(tiny, "data/claims.csv", "K0900,E0001,scope,Statement 900", "K0900,E0001,scope")
        with pytest.raises(DataError, match=r"data/claims\.csv:901: 3 cells; expected 4"):
            columns("claims", Package(tiny))
        replace(tiny, "data/records/searches.csv", "Q0002,2026-01-02,zh-Hans,研究人员 出国 通知,A published text,3", "Q0002,2026-01-32,zh-Hans,研究人员 出国 通知,A published text,three")
        with pytest.raises(DataError, match=r"data/records/searches\.csv:3:searched_on: "):
            columns("searches", Package(tiny))
        with pytest.raises(DataError, match=r"data/records/searches\.csv:3:hits_read: .*three"):
            columns("searches", Package(tiny), {"search_id", "hits_read"})

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            pytest.param("E0002,occurrence", "E0002,ocurrence", "ocurrence", id="a code that is not defined"),
            pytest.param("K0002,E0001,scope,There is no ban.", "K0002,E0001,scope,", "empty", id="an empty cell where a value is required"),
        ],
    )
    def test_a_value_that_would_get_lost(self, old, new, said, tiny):
        replace(tiny, "data/claims.csv", old, new)
        for read in READERS:
            with pytest.raises(DataError, match=rf"data/claims.csv.*{said}.*; expected"):
                read("claims", source=Package(tiny))

    def test_line_breaks_in_cells_of_a_large_file_are_read(self, tiny):
        """Files are read in blocks that are cut at line breaks, though not at those inside quotes."""
        path = tiny / "data" / "claims.csv"
        statement = 'One line,\nand "another".\n' * 20
        text = statement.replace('"', '""')
        lines = "".join(f'K{n:06},E0001,scope,"{text}"\n' for n in range(10_000, 18_000))
        path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")
        assert path.stat().st_size > 3 * 2**20
        frame = load("claims", source=Package(tiny))
        assert (frame["statement"].iloc[-8_000:] == statement).all()
        assert frame["claim_id"].iloc[-1] == "K017999"

    def test_rows_with_a_cell_too_many_do_not_shift(self, tiny):
        path = tiny / "data" / "claims.csv"
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *(f"{line},more" for line in lines)]) + "\n", encoding="utf-8")
        for read in READERS:
            with pytest.raises(DataError, match=r"data/claims.csv.*cells"):
                read("claims", source=Package(tiny))

    def test_keys_that_lead_nowhere_are_an_error_of_the_data(self, tiny):
        replace(tiny, "data/links/claim_sources.csv", "K0003,S0004", "K0003,S0444")
        with pytest.raises(DataError, match="'S0444' is referred to and not in sources"):
            Evidence.of(Package(tiny)).events()
        replace(tiny, "data/links/measure_events.csv", "M0001,E0001", "M0001,E0999")
        with pytest.raises(DataError, match="'E0999' is referred to and not in events"):
            cac.evidence("M0001", source=Package(tiny))

    def test_a_package_that_names_single_keys_without_a_list(self, tiny):
        path = tiny / "datapackage.json"
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        [schema] = [r["schema"] for r in descriptor["resources"] if r["name"] == "claims"]
        schema["primaryKey"] = schema["primaryKey"][0]
        schema["foreignKeys"][0]["fields"] = schema["foreignKeys"][0]["fields"][0]
        path.write_text(json.dumps(descriptor), encoding="utf-8")
        table = Package(tiny).table("claims")
        assert (table.primary_key, table.foreign_keys[0].field) == (("claim_id",), "event_id")

    def test_a_package_without_a_table_cannot_be_seen_as_of_a_day(self, tiny):
        path = tiny / "datapackage.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"name": "indicators"', '"name": "series"'), encoding="utf-8")
        with pytest.raises(DataError, match="without indicators"):
            load("events", "2025-03-01", Package(tiny))

    @pytest.mark.parametrize("name", ["x" * 100_000, ["x" * 100_000]])
    def test_a_message_does_not_repeat_a_book(self, name):
        with pytest.raises(UnknownNameError) as error:
            load(name)
        assert len(str(error.value)) < 1000

    def test_a_descriptor_cut_off(self, tiny):
        path = tiny / "datapackage.json"
        path.write_text(path.read_text(encoding="utf-8")[:500], encoding="utf-8")
        with pytest.raises(DataError, match="not valid JSON"):
            Package(tiny)


class TestAsOf:
    def test_only_what_was_public(self, tiny_package):
        assert load("events", "2025-02-27", tiny_package).empty
        assert load("sources", "2025-02-28", tiny_package)["source_id"].tolist() == ["S0001"]
        assert load("sources", "2025-03-10", tiny_package)["source_id"].tolist() == ["S0001", "S0002", "S0004"]
        assert load("claim_sources", "2025-07-01", tiny_package)["source_id"].tolist()[-1] == "S0005"

    def test_measures_have_the_status_of_that_day(self, tiny_package):
        assert load("measures", "2025-03-10", tiny_package).set_index("measure_id")["status"].to_dict() == {"M0001": "reported", "M0002": "in_force"}
        assert load("measures", "2025-07-01", tiny_package).set_index("measure_id")["status"]["M0002"] == "suspended"
        assert "status" not in load("measures", source=tiny_package)

    @settings(max_examples=30, deadline=None)
    @given(limit=st.dates(date(2016, 12, 1), date(2026, 12, 31)))
    def test_no_leak_and_no_dangling_key_in_the_real_data(self, limit):
        masks = asof.snapshot(REAL, limit).masks
        kept = {n: {f: [v for v, ok in zip(values, masks[n]) if ok] for f, values in REAL[n].items()} for n in TABLES}
        for name, table in package().tables.items():
            for key in table.foreign_keys:
                assert {v for v in kept[name][key.field] if v} <= set(kept[key.table][key.target]), (name, key)
        assert all(d is None or d <= limit for d in kept["sources"]["published"])
        known = {r: j.known_on for r, j in Evidence.of(as_of=limit).events().items()}
        assert set(known) == set(kept["events"]["event_id"])
        assert all(d <= limit for d in known.values())
        assert all(d <= limit for d in kept["searches"]["searched_on"])

    @settings(max_examples=15, deadline=None)
    @given(days=st.tuples(st.dates(date(2016, 12, 1), date(2026, 12, 31)), st.dates(date(2016, 12, 1), date(2026, 12, 31))))
    def test_what_was_known_stays_known(self, days):
        earlier, later = (asof.snapshot(REAL, day).masks for day in sorted(days))
        for name in TABLES:
            assert all(b for a, b in zip(earlier[name], later[name]) if a), name
