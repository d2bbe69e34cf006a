"""The fast engine says what frictionless says, of every damage that the mutation tests know and of random ones; frictionless is the judge."""

import json
import shutil
from random import Random

import pytest
from conftest import TESTS
from damage import TABLES, Copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import KINDS, UNSEEN

from china_ai_controls import engines, structure
from china_ai_controls.errors import DataError
from china_ai_controls.schema import Package, package
from china_ai_controls.validation import Report, check_files, validate

BOTH = pytest.mark.parametrize("columnar", [False, True], ids=["by row", "by column"])


def places(faults):
    return {(f.table, f.row, f.column, f.kind) for f in faults}


def judged(root, tables=None):
    """What frictionless says, of some tables and the references between them only if so wished: it is slow."""
    found = Package(root)
    if tables:
        descriptor = found.descriptor
        descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] in tables]
        for resource in descriptor["resources"]:
            keys = resource["schema"].get("foreignKeys", [])
            resource["schema"]["foreignKeys"] = [k for k in keys if (k["reference"].get("resource") or resource["name"]) in tables]
        (root / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        found = Package(root)
    return places(engines._frictionless(found))


def near(changed):
    """Tables that a damage can make wrong, and those that these need to be judged."""
    pairs = [(t.name, k.table) for t in TABLES.values() for k in t.foreign_keys]
    return set(changed).union(*({child, parent} for child, parent in pairs if {child, parent} & changed))


@pytest.mark.parametrize("name", [*KINDS, *UNSEEN])
def test_every_damage_is_judged_alike(name, tmp_path):
    copy = Copy(tmp_path, Random(f"{name}/0"))
    (KINDS.get(name) or UNSEEN[name]).damage(copy)
    try:
        found = Package(tmp_path)
        if not check_files(found, Report("")):
            return
        if structure.unable(found):
            assert not copy.changed, "only a descriptor can be beyond the fast engine"
            return
    except DataError:
        return
    fast = [places(structure.faults(found, columnar)) for columnar in (False, True)]
    assert fast[0] == fast[1] == judged(tmp_path, near(copy.changed) if copy.changed else None)


# Pieces that make or break cells, rows and files.
PIECES = [b"", b",", b'"', b"\n", b"\r\n", b"\r", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"E0001", b"2025-02-30", b"2025-2-3", b"1e3", b"NaN", b"-", b",,,,"]
EDITS = st.lists(st.tuples(st.sampled_from(sorted(TABLES)), st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(PIECES)), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_random_edits_are_judged_alike(edits, tmp_path_factory):
    root = tmp_path_factory.mktemp("edited")
    _tiny(root)
    for table, at, length, piece in edits:
        path = root / TABLES[table].path
        content = path.read_bytes()
        at %= len(content) + 1
        path.write_bytes(content[:at] + piece + content[at + length :])
    found = Package(root)
    fast = [places(structure.faults(found, columnar)) for columnar in (False, True)]
    assert fast[0] == fast[1] == judged(root)


@pytest.mark.parametrize("start", [b"\n", b"\n\n", b'"",\n', b"\xef\xbb\xbf\n"])
def test_a_file_without_a_header_is_judged_alike(start, tiny):
    path = tiny / TABLES["actors"].path
    path.write_bytes(start + path.read_bytes())
    assert places(structure.faults(Package(tiny))) == judged(tiny)


def _tiny(root):
    shutil.copytree(TESTS / "packages" / "tiny", root, dirs_exist_ok=True)
    shutil.copy(package().root / "datapackage.json", root)


@BOTH
def test_the_package_itself_has_no_fault(columnar):
    assert list(structure.faults(package(), columnar)) == []


def test_no_more_faults_of_a_table_than_the_judge_tells(tiny):
    path = tiny / "data" / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8") + "K9,E9,moon,\n" * 2_000, encoding="utf-8")
    assert len([f for f in structure.faults(Package(tiny)) if f.table == "claims"]) == structure.MOST_FAULTS
    assert places(structure.faults(Package(tiny))) == judged(tiny)


class TestChoice:
    """Which engine was used is said in the report."""

    def test_small_packages_are_judged_by_frictionless(self, tiny):
        assert any("by frictionless" in line for line in validate(tiny).checked)

    def test_large_ones_are_not(self, tiny, monkeypatch):
        monkeypatch.setattr(engines, "FAST_FROM_BYTES", 1_000)
        assert any("by the fast engine, the default from" in line for line in validate(tiny).checked)

    @pytest.mark.parametrize("engine, words", [("fast", "by the fast engine"), ("frictionless", "by frictionless")])
    def test_as_asked(self, tiny, engine, words):
        report = validate(tiny, engine=engine)
        assert report.valid
        assert any(line.endswith(words) or f"{words} " in line for line in report.checked)

    def test_what_is_beyond_the_fast_engine_goes_to_frictionless(self, tiny):
        path = tiny / "datapackage.json"
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        descriptor["resources"][0]["schema"]["fields"][1]["type"] = "boolean"
        path.write_text(json.dumps(descriptor), encoding="utf-8")
        assert "is beyond the fast engine" in engines.structural(Package(tiny), "fast")[1]

    def test_the_same_words_for_the_same_fault(self, tiny):
        """Somebody who compares two reports should not find every line changed."""
        path = tiny / "data" / "events.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("travel_control,tightens", "travel,narrows", 1), encoding="utf-8")
        slow, fast = (validate(tiny, engine=engine) for engine in engines.ENGINES)
        assert not slow.valid
        assert [str(p) for p in slow.problems] == [str(p) for p in fast.problems]

    def test_no_such_engine(self, tiny):
        with pytest.raises(LookupError, match="frictionless"):
            validate(tiny, engine="quick")
