"""A release: whole, repeatable, and with a version number that says what changed."""

import copy
import hashlib
import json
import shutil
import subprocess
import zipfile

import pytest
from conftest import PROJECT

from china_ai_controls import release as module
from china_ai_controls.errors import DataError
from china_ai_controls.release import KINDS, changes, compare, fingerprint, last_release, release


@pytest.fixture
def now():
    return fingerprint()


def bumped(found, place):
    major, minor, patch = map(int, found["version"].split("."))
    found["version"] = {"major": f"{major + 1}.0.0", "minor": f"{major}.{minor + 1}.0", "patch": f"{major}.{minor}.{patch + 1}"}[place]
    return found


def test_the_version_in_the_checkout_fits_what_changed_since_the_last_release():
    assert last_release(PROJECT) is not None, "without a last release nothing is compared"
    assert changes().errors == []


def test_nothing_changed_asks_for_nothing(now):
    assert str(compare(now, now)) == "change: none"


def changed(found, how):
    new = copy.deepcopy(found)
    if how == "description":
        new["documentation"] = "other"
    elif how == "value":
        new["rows"]["events"]["E0001"] = "other"
    elif how == "row":
        new["rows"]["events"]["E9999"] = "new"
    elif how == "column":
        new["schema"]["events"]["colour"] = {"type": "string", "codes": []}
    elif how == "code":
        new["schema"]["events"]["side"]["codes"].append("moon")
    elif how == "no column":
        del new["schema"]["events"]["note"]
    elif how == "no table":
        del new["schema"]["indicators"]
    elif how == "no code":
        new["schema"]["events"]["side"]["codes"].remove("other")
    elif how == "type":
        new["schema"]["events"]["event_clarity"]["type"] = "string"
    return new


@pytest.mark.parametrize(
    ("how", "kind"),
    [("description", "documentation"), ("value", "values"), ("row", "values"), ("column", "values"), ("code", "values"), ("no column", "schema"),
     ("no table", "schema"), ("no code", "schema"), ("type", "schema")],
)  # fmt: skip
@pytest.mark.parametrize("major", [0, 1])
def test_each_kind_of_change_asks_for_its_version(now, how, kind, major):
    now["version"] = f"{major}.4.2"
    assert kind in KINDS
    enough = {"documentation": "patch", "values": "minor", "schema": "minor" if major == 0 else "major"}[kind]
    weaker = {"documentation": None, "values": "patch", "schema": "patch" if major == 0 else "minor"}[kind]
    new = changed(now, how)
    assert compare(now, new).kind == kind
    assert any("asks for a new" in e for e in compare(now, new).errors)
    assert compare(now, bumped(copy.deepcopy(new), enough)).errors == []
    if weaker:
        assert compare(now, bumped(copy.deepcopy(new), weaker)).errors != []


def test_a_key_that_vanishes_must_be_retired(now):
    new = bumped(copy.deepcopy(now), "minor")
    del new["rows"]["events"]["E0002"]
    assert compare(now, new).errors == ["E0002 of events is gone and not in retired_ids"]
    new["retired"].append("E0002")
    assert compare(now, new).errors == []


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A checkout of its own, so that a build leaves nothing behind in this one."""
    root = tmp_path_factory.mktemp("clone") / "project"
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, tracked):
        if (PROJECT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, root / name)
    return root


@pytest.fixture(scope="module")
def built(clone, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(module.locate, "root", lambda: clone)
    patch.setattr(module.locate, "is_checkout", lambda: True)
    out = tmp_path_factory.mktemp("release")
    yield [release(out / name) and out / name for name in ("first", "again")]
    patch.undo()


def test_two_releases_of_one_checkout_are_the_same_bytes(built):
    first, again = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in built)
    assert first == again
    assert sorted(n.rsplit(".", 1)[-1] for n in first) == ["SHA256SUMS", "gz", "json", "whl", "zip"]


def test_every_file_is_in_the_manifest_with_its_digest(built):
    folder = built[0]
    listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert listed == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name != "SHA256SUMS"}
    with zipfile.ZipFile(next(folder.glob("*-data.zip"))) as archive:
        inside = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        assert inside == {n: hashlib.sha256(archive.read(n)).hexdigest() for n in archive.namelist() if n != "SHA256SUMS"}
        assert {"datapackage.json", "croissant.json", "codebook.html", "LICENSE-DATA", "data/events.csv"} <= set(inside)


def test_the_archive_is_a_package_that_validates(built, tmp_path):
    from china_ai_controls.validation import validate

    with zipfile.ZipFile(next(built[0].glob("*-data.zip"))) as archive:
        archive.extractall(tmp_path)
    assert validate(tmp_path).errors == []


def test_a_release_says_what_it_holds(built):
    assert json.loads((built[0] / "fingerprint.json").read_text(encoding="utf-8")) == fingerprint()


def test_a_full_folder_is_not_touched(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "x").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        release(tmp_path / "thesis")


def test_an_installed_package_is_not_released(tmp_path, monkeypatch):
    monkeypatch.setattr(module.locate, "is_checkout", lambda: False)
    with pytest.raises(DataError, match="checkout"):
        release(tmp_path / "out")
