"""Bad input: one clear line per problem, no traceback, nothing written."""

import json
import os

import pytest
from conftest import append, replace

from china_ai_controls.cli import main
from china_ai_controls.validation import validate

EVENTS = "data/events.csv"


def lines(root):
    return [str(p) for p in validate(root).problems]


def rewrite(root, change):
    path = root / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")


def set_path(path):
    return lambda root: rewrite(root, lambda d: d["resources"][0].update(path=path))


def change_bytes(file, change):
    return lambda root: (root / file).write_bytes(change((root / file).read_bytes()))


# What is done to the tiny package, and what a line of the report must begin with and contain.
DAMAGE = {
    "missing file": (lambda r: (r / EVENTS).unlink(), EVENTS, "missing"),
    "wrong column": (lambda r: replace(r, EVENTS, "event_id,title,", "event_id,titel,"), EVENTS, "titel"),
    "bad code": (lambda r: replace(r, EVENTS, "travel_control,tightens", "travel_contol,tightens"), "data/events.csv:2:event_type (E0001)", "travel_contol"),
    "dangling key": (lambda r: replace(r, "data/claims.csv", "K0002,E0001", "K0002,E0009"), "data/claims.csv:3", "E0009"),
    "duplicate key": (lambda r: replace(r, EVENTS, "E0002,Ministry", "E0001,Ministry"), "data/events.csv:3", "primary-key"),
    "no date": (lambda r: replace(r, EVENTS, "2025-06-01,2025-06-30", "2025-06-01,2025-06-31"), "data/events.csv:4:date_latest (E0003)", "2025-06-31"),
    "byte-order mark": (change_bytes(EVENTS, lambda b: b"\xef\xbb\xbf" + b), "data/events.csv:1", "byte-order mark"),
    "CRLF": (change_bytes(EVENTS, lambda b: b.replace(b"\n", b"\r\n")), "data/events.csv:1", "carriage return"),
    "not UTF-8": (change_bytes(EVENTS, lambda b: b.replace(b"newspaper", b"newsp\xe4per")), EVENTS, "UTF-8"),
    "cell too many": (lambda r: append(r, "data/claims.csv", "K0005,E0001,scope,More,"), "data/claims.csv:6", "extra"),
    "100 MB cell": (change_bytes("data/claims.csv", lambda b: b + b"K0005,E0001,scope," + b"x" * 100_000_000 + b"\n"), "data/claims.csv", "bytes"),
    "1 MB cell": (change_bytes("data/claims.csv", lambda b: b + b"K0005,E0001,scope," + b"x" * 1_000_000 + b"\n"), "data/claims.csv", "1,000,000 characters"),
    "NUL bytes": (change_bytes(EVENTS, lambda b: b.replace(b"Ministry", b"Mini\0stry", 1)), EVENTS, ""),
    "remote path": (set_path("https://example.org/events.csv"), "datapackage.json:resources.0.path", "not inside the package"),
    "path upwards": (set_path("../events.csv"), "datapackage.json:resources.0.path", "not inside the package"),
    "absolute path": (set_path("/etc/passwd"), "datapackage.json:resources.0.path", "not inside the package"),
    "list of paths": (set_path(["data/events.csv"]), "datapackage.json:resources.0.path", "not inside the package"),
    "truncated JSON": (change_bytes("datapackage.json", lambda b: b[:1000]), "datapackage.json", "not valid JSON"),
    "JSON that is no descriptor": (change_bytes("datapackage.json", lambda b: b"[]"), "datapackage.json", "no list of resources"),
    "schema that is none": (lambda r: rewrite(r, lambda d: d["resources"][0].update(schema=7)), "datapackage.json", "Table Schema"),
    "unknown type": (lambda r: rewrite(r, lambda d: d["resources"][0]["schema"]["fields"][1].update(type="prose")), "datapackage.json", ""),
    "bad regular expression": (lambda r: rewrite(r, lambda d: d["resources"][0]["schema"]["fields"][0]["constraints"].update(pattern="(")), "datapackage.json", ""),
    "key over a list": (lambda r: rewrite(r, lambda d: d["resources"][1]["schema"]["foreignKeys"][0].update(fields=[])), "datapackage.json", ""),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_in_lines_and_nothing_is_written(kind, tiny, capsys):
    damage, start, contains = DAMAGE[kind]
    damage(tiny)
    before = {p: p.stat().st_mtime_ns for p in tiny.rglob("*")}
    assert main(["validate", str(tiny)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    hits = [line for line in out.splitlines() if line.startswith(start) and contains in line]
    assert hits, out[:2000]
    assert "Traceback" not in out
    assert max(map(len, out.splitlines())) < 1500
    assert {p: p.stat().st_mtime_ns for p in tiny.rglob("*")} == before


def test_a_link_that_leads_outside_is_not_followed(tiny, tmp_path):
    outside = tmp_path / "outside.csv"
    (tiny / EVENTS).rename(outside)
    os.symlink(outside, tiny / EVENTS)
    assert any("leads outside the package" in line for line in lines(tiny))


def test_no_package_at_all(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "nowhere")]) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_all_problems_are_told_not_the_first(tiny):
    replace(tiny, EVENTS, "travel_control,tightens,china", "travel,narrows,moon")
    assert sum(line.startswith("data/events.csv:2:") for line in lines(tiny)) >= 3


def test_a_package_with_other_tables_is_checked_as_far_as_it_goes(tiny):
    """Somebody else's package: a table of ours is absent, and one of theirs is there."""

    def only_places(descriptor):
        descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] == "places"]

    rewrite(tiny, only_places)
    for path in sorted((tiny / "data").rglob("*.csv")):
        if path.name != "places.csv":
            path.unlink()
    report = validate(tiny)
    assert not any(p.rule.startswith("V") for p in report.problems)
    assert "without" in "; ".join(report.checked)
