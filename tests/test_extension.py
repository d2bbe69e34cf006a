"""Somebody's own tables, checked together with the package they refer to."""

import csv
import os

import pytest
from conftest import replace

from china_ai_controls.cli import main
from china_ai_controls.errors import DataError, UnknownNameError
from china_ai_controls.extension import validate_extension
from china_ai_controls.schema import package

EVENT = "E9001,Ministry took note of a visit,The ministry said that it had taken note of a visit.,official_statement,neutral,united_states,2025-04-01,2025-04-01,stated_official,1,"
SOURCE = "S9001,A note on a visit,Ministry of Tests,,https://ministry.example/9001,2025-04-01,page,en,official_statement,original,full_text,2026-01-02,"
TABLES = {
    "events": [EVENT],
    "claims": ["K9001,E9001,occurrence,The ministry said that it had taken note of a visit."],
    "sources": [SOURCE],
    "claim_sources": ["K9001,S9001,supports,own_text,,"],
    "event_actors": ["E9001,A0001,issuer"],
}


@pytest.fixture
def folder(tmp_path):
    """A valid extension of the tiny package: one event by an actor of ours."""
    root = tmp_path / "mine"
    root.mkdir()
    for name, rows in TABLES.items():
        write(root / f"{name}.csv", name, rows)
    return root


def write(path, name, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(f.name for f in package().table(name).fields), *rows]) + "\n", encoding="utf-8", newline="")


def found(folder, tiny):
    return validate_extension(folder, tiny).problems


def test_an_extension_is_valid(folder, tiny):
    report = validate_extension(folder, tiny)
    assert report.problems == []
    assert report.valid and "5 rows in 5 tables, united with china-ai-controls" in report.checked[0]


def test_the_same_tables_in_the_folders_of_the_package(folder, tiny):
    for name in TABLES:
        path = folder / package().table(name).path
        path.parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.csv").rename(path)
    replace(folder, "data/links/event_actors.csv", "A0001", "A0099")
    assert [(p.file, p.row) for p in found(folder, tiny)] == [("data/links/event_actors.csv", 2)]


def test_the_installed_package_is_extended_by_default(folder):
    with (folder / "event_actors.csv").open(encoding="utf-8") as file:
        assert next(csv.DictReader(file))["actor_id"] == "A0001"
    assert not any(p.rule in ("foreign-key", "extension") for p in validate_extension(folder).problems)


# What is done to the extension, and the file, row and rule of the first problem.
DAMAGE = {
    "dangling key": (lambda f: replace(f, "event_actors.csv", "A0001", "A0099"), ("event_actors.csv", 2, "foreign-key")),
    "bad code": (lambda f: replace(f, "events.csv", "official_statement", "statement"), ("events.csv", 2, "constraint-error")),
    "no source": (lambda f: (f / "claim_sources.csv").unlink(), ("claims.csv", 2, "K2")),
    "byte-order mark": (lambda f: (f / "claims.csv").write_bytes(b"\xef\xbb\xbf" + (f / "claims.csv").read_bytes()), ("claims.csv", 1, "F1")),
    "CRLF": (lambda f: (f / "claims.csv").write_bytes((f / "claims.csv").read_bytes().replace(b"\n", b"\r\n")), ("claims.csv", 1, "F1")),
    "not UTF-8": (lambda f: (f / "claims.csv").write_bytes((f / "claims.csv").read_bytes().replace(b"visit", b"v\xefsit")), ("claims.csv", 2, "F1")),
    "no last line end": (lambda f: (f / "claims.csv").write_bytes((f / "claims.csv").read_bytes()[:-1]), ("claims.csv", 2, "F1")),
    "wrong column": (lambda f: replace(f, "events.csv", "event_id,title", "event_id,titel"), ("events.csv", 1, "extension")),
    "empty file": (lambda f: (f / "events.csv").write_bytes(b""), ("events.csv", 1, "extension")),
    "our key": (lambda f: replace(f, "events.csv", "E9001", "E0002"), ("events.csv", 2, "extension")),
    "our retired key": (lambda f: replace(f, "events.csv", "E9001", "E0004"), ("events.csv", 2, "extension")),
    "unsorted": (lambda f: write(f / "sources.csv", "sources", [SOURCE.replace("S9001", "S9002").replace("/9001", "/9002"), SOURCE]), ("sources.csv", 3, "F4")),
    "the same key twice": (
        lambda f: write(f / "claims.csv", "claims", [TABLES["claims"][0], "K9001,E9001,scope,Another statement."]),
        ("claims.csv", 3, "primary-key"),
    ),
    "unknown table": (lambda f: write(f / "event.csv", "events", []), ("event.csv", None, "extension")),
    "one table twice": (lambda f: write(f / "data" / "claims.csv", "claims", []), ("data/claims.csv", None, "extension")),
    "in the future": (lambda f: replace(f, "sources.csv", "2026-01-02", "2999-01-02"), ("sources.csv", 2, "T5")),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_problem_is_told_at_the_extensions_own_row(kind, folder, tiny):
    damage, expected = DAMAGE[kind]
    damage(folder)
    problems = found(folder, tiny)
    assert expected in [(p.file, p.row, p.rule) for p in problems], [str(p) for p in problems]
    assert {p.file for p in problems} <= {f"{name}.csv" for name in (*TABLES, "event")} | {"data/claims.csv"}


def test_a_colliding_key_is_named_with_what_to_do(folder, tiny):
    replace(folder, "claims.csv", "K9001", "K0002")
    assert str(found(folder, tiny)[0]) == (
        "claims.csv:2:claim_id (K0002): K0002 is a key of china-ai-controls already; expected a key of your own; no row, if the same record is meant [extension]"
    )


def test_a_row_named_in_a_message_is_the_extensions_own(folder, tiny):
    DAMAGE["the same key twice"][0](folder)
    assert "the row at position 2" in next(p.message for p in found(folder, tiny) if p.rule == "primary-key")


def test_our_own_problems_are_not_shown_again(folder, tiny):
    replace(tiny, "data/claims.csv", "There is no ban.", "There is no ban. ")
    replace(tiny, "data/events.csv", "2025-06-01,2025-06-30", "2025-06-30,2025-06-01")
    assert found(folder, tiny) == []


def test_what_the_extension_makes_wrong_in_our_rows_is_shown_as_that(folder, tiny):
    write(folder / "source_links.csv", "source_links", ["S0001,S0003,cites,inferred"])
    [problem] = [p for p in found(folder, tiny) if p.rule == "V1"]
    assert problem.file in ("source_links.csv", "china-ai-controls:data/links/source_links.csv")
    replace(folder, "sources.csv", "A note on a visit", "The ministry suspended the rule for a time")
    [problem] = [p for p in found(folder, tiny) if p.rule == "W2"]
    assert (problem.file, problem.row) == ("china-ai-controls:data/events.csv", 4)
    assert problem.message.endswith("not so without the extension")


def test_what_is_younger_than_our_data_is_allowed(folder, tiny):
    replace(folder, "sources.csv", "2026-01-02", package().descriptor["closedOn"])
    path = tiny / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"closedOn": "{package().descriptor["closedOn"]}"', '"closedOn": "2026-01-03"'), encoding="utf-8")
    assert found(folder, tiny) == []


def test_a_link_that_leads_outside_is_not_followed(folder, tiny, tmp_path):
    (folder / "claims.csv").rename(tmp_path / "outside.csv")
    os.symlink(tmp_path / "outside.csv", folder / "claims.csv")
    assert [p.message for p in found(folder, tiny)] == ["leads outside the extension through a link"]


def test_a_package_that_points_outside_is_not_copied(folder, tiny, tmp_path):
    path = tiny / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"data/events.csv"', '"../events.csv"', 1), encoding="utf-8")
    with pytest.raises(DataError, match="not inside the package"):
        validate_extension(folder, tiny)


def test_nothing_to_extend_with(tmp_path, tiny):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no table found"):
        validate_extension(tmp_path / "empty", tiny)
    with pytest.raises(DataError, match="no such folder"):
        validate_extension(tmp_path / "nowhere", tiny)


def test_only_some_rules(folder, tiny):
    replace(folder, "event_actors.csv", "A0001", "A0099")
    assert validate_extension(folder, tiny, ["T1"]).valid
    with pytest.raises(UnknownNameError, match="unknown rule 'T99'"):
        validate_extension(folder, tiny, ["T99"])


def test_the_command(folder, tiny, capsys, monkeypatch):
    assert main(["validate", str(tiny), "--extension", str(folder)]) == 0
    replace(folder, "event_actors.csv", "A0001", "A0099")
    before = {p: p.stat().st_mtime_ns for root in (folder, tiny) for p in root.rglob("*")}
    monkeypatch.chdir(folder.parent)
    assert main(["validate", str(tiny), "--extension", "mine", "--format", "github"]) == 1
    assert "::error file=mine/event_actors.csv,line=2," in capsys.readouterr().out
    assert main(["validate", str(tiny), "--extension", "nowhere"]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert {p: p.stat().st_mtime_ns for root in (folder, tiny) for p in root.rglob("*")} == before
