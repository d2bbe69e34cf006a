"""Kinds of small damage to the real package, and the rule or frictionless error that must report each at its place.

    python tests/mutations.py

prints the score. Each kind makes several random instances, the same every time. The last part lists the kinds that nothing can
catch, with the reason.
"""

import re
import sys
import tempfile
import unicodedata
from datetime import timedelta
from functools import cache
from pathlib import Path

from damage import ALL, DESCRIPTOR, KINDS, TABLES, UNSEEN, caught, kind, unseen

from china_ai_controls.evidence import Evidence
from china_ai_controls.rules.evidence import DERIVED
from china_ai_controls.rules.time import CLOSED, FORWARD, PLANNED_STAGES, STARTED
from china_ai_controls.schema import package, parse_day

CODED = [(t.name, f.name) for t in TABLES.values() for f in t.fields if f.codes and f.type == "string" and t.name != "second_coding"]
TEXT = [("events", "summary"), ("claims", "statement"), ("sources", "title"), ("measures", "description"), ("actors", "role"), ("searches", "query")]
DATES = [("events", "date_earliest"), ("events", "date_latest"), ("sources", "published"), ("sources", "retrieved"), ("searches", "searched_on")]
KEYS = [("events", "event_id", "E"), ("actors", "actor_id", "A"), ("companies", "company_id", "C"), ("sources", "source_id", "S"),
        ("measures", "measure_id", "M"), ("claims", "claim_id", "K")]  # fmt: skip
REFERENCES = [("claims", "event_id", "E"), ("claim_sources", "source_id", "S"), ("event_actors", "actor_id", "A"), ("measure_events", "measure_id", "M")]
# Cyrillic letters that look like those of our keys, and like three of any word.
LOOK_ALIKE = {"E": "\u0415", "A": "\u0410", "C": "\u0421", "S": "\u0405", "M": "\u041c", "K": "\u041a", "a": "\u0430", "e": "\u0435", "o": "\u043e"}


# Form of the files


@kind("byte-order mark", "F1")
def _(c):
    table = c.some_table()
    c.save_bytes(table, b"\xef\xbb\xbf" + c.path(table).read_bytes())
    return c.place(table, 1)


@kind("CRLF in the whole file", "F1")
def _(c):
    table = c.some_table()
    c.save_bytes(table, c.path(table).read_bytes().replace(b"\n", b"\r\n"))
    return c.place(table, 1)


def _one_line(c, change, table=None):
    """Change the bytes of one line below the header."""
    table = table or c.some_table()
    lines = c.lines(table)
    n = c.random.randrange(1, len(lines))
    lines[n] = change(lines[n])
    c.save_bytes(table, b"".join(lines))
    return c.place(table, n + 1)


@kind("mixed line ends", "F1")
def _(c):
    return _one_line(c, lambda line: line.replace(b"\n", b"\r\n"))


@kind("a byte that is not UTF-8", "F1")
def _(c):
    def change(line):
        n = c.random.randrange(len(line) - 1)
        while line[n : n + 1] in b'",' or line[n] > 127:
            n = c.random.randrange(len(line) - 1)
        return line[:n] + b"\xe4" + line[n + 1 :]

    return _one_line(c, change)


@kind("file cut off in the middle of a row", "F1")
def _(c):
    table = c.some_table()
    lines = c.lines(table)
    n = c.random.randrange(1, len(lines))
    c.save_bytes(table, b"".join(lines[:n]) + lines[n][: c.random.randrange(1, len(lines[n]))])
    return c.place(table, n + 1)


@kind("last line without an end", "F1")
def _(c):
    table = c.some_table()
    content = c.path(table).read_bytes()
    c.save_bytes(table, content[:-1])
    return c.place(table, content.count(b"\n"))


@kind("file in UTF-16", "F1")
def _(c):
    table = c.some_table()
    c.save_bytes(table, c.path(table).read_text(encoding="utf-8").encode("utf-16"))
    return c.place(table, 1)


@kind("file in GBK", "F1", instances=1)
def _(c):
    c.save_bytes("places", c.path("places").read_text(encoding="utf-8").encode("gbk", "replace"))
    return c.place("places", 2)


@kind("unclosed quote", "F2")
def _(c):
    def change(line):
        cells = line.split(b",")
        return b",".join([*cells[:-1], b'"' + cells[-1]])

    return _one_line(c, change, c.random.choice(["source_links", "event_actors", "event_companies", "event_places", "event_relations", "measure_events"]))


@kind("header left out", "incorrect-label")
def _(c):
    table = c.random.choice([t for t in ALL if len(TABLES[t].fields) > 3])
    c.save_cells(table, c.cells(table)[1:])
    return c.place(table, None)


def _columns(c, change):
    """Change the header, or every row, of one table; all rows have the same length before and after."""
    table = c.some_table()
    rows = c.cells(table)
    c.save_cells(table, change(rows))
    return c.place(table, None)


@kind("two columns swapped in the header", "incorrect-label")
def _(c):
    def change(rows):
        a, b = c.random.sample(range(len(rows[0])), 2)
        rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
        return rows

    return _columns(c, change)


@kind("two columns swapped in every row", "incorrect-label")
def _(c):
    def change(rows):
        a, b = c.random.sample(range(len(rows[0])), 2)
        for row in rows:
            row[a], row[b] = row[b], row[a]
        return rows

    return _columns(c, change)


@kind("column name misspelt", "incorrect-label")
def _(c):
    def change(rows):
        n = c.random.randrange(len(rows[0]))
        rows[0][n] = rows[0][n][:-1]
        return rows

    return _columns(c, change)


@kind("last column left out", "missing-label")
def _(c):
    return _columns(c, lambda rows: [row[:-1] for row in rows])


@kind("column too many", "extra-label")
def _(c):
    return _columns(c, lambda rows: [[*row, "extra"] for row in rows])


@kind("column name twice", "duplicate-label")
def _(c):
    def change(rows):
        rows[0][-1] = rows[0][0]
        return rows

    return _columns(c, change)


@kind("semicolons for commas", "incorrect-label")
def _(c):
    table = c.some_table()
    c.save_cells(table, c.cells(table), delimiter=";")
    return c.place(table, None)


def _cells_of_row(c, change):
    """Change the number or order of the cells of one row."""
    table = c.some_table()
    rows = c.cells(table)
    n = c.random.randrange(1, len(rows))
    rows[n] = change(rows[n])
    c.save_cells(table, rows)
    return c.place(table, n + 1)


@kind("cell too many", "extra-cell")
def _(c):
    return _cells_of_row(c, lambda row: [*row, "more"])


@kind("cell too few", "missing-cell")
def _(c):
    return _cells_of_row(c, lambda row: row[:-1])


@kind("cells shifted by one column", "constraint-error")
def _(c):
    return _cells_of_row(c, lambda row: ["", *row[:-1]])


@kind("blank line", "blank-row")
def _(c):
    table = c.some_table()
    lines = c.lines(table)
    n = c.random.randrange(1, len(lines) + 1)
    c.save_bytes(table, b"".join([*lines[:n], b"\n", *lines[n:]]))
    return c.place(table, n + 1)


@kind("two rows in the wrong order", "F4")
def _(c):
    table = c.some_table(2)
    lines = c.lines(table)
    n = c.random.randrange(1, len(lines) - 1)
    lines[n], lines[n + 1] = lines[n + 1], lines[n]
    c.save_bytes(table, b"".join(lines))
    return c.place(table, n + 2)


@kind("row twice", "primary-key")
def _(c):
    table = c.some_table()
    lines = c.lines(table)
    n = c.random.randrange(1, len(lines))
    c.save_bytes(table, b"".join([*lines[: n + 1], *lines[n:]]))
    return c.place(table, n + 2)


@kind("key of the row before", "primary-key")
def _(c):
    table, column, _ = c.random.choice(KEYS)
    records = c.records(table)
    n = c.random.randrange(1, len(records))
    records[n][column] = records[n - 1][column]
    c.save(table, records)
    return c.place(table, n + 2)


@kind("file missing", "file")
def _(c):
    table = c.some_table()
    c.path(table).unlink()
    c.changed.add(table)
    return c.place(table, None)


@kind("file that nobody named", "D6")
def _(c):
    name = c.random.choice(["data/events_old.csv", "data/links/notes.txt", "data/.~lock.events.csv#"])
    (c.root / name).write_text("a\n1\n", encoding="utf-8")
    return name, None


@kind("core table without rows", "K6")
def _(c):
    table = c.random.choice(["events", "actors", "companies", "sources", "claims", "claim_sources"])
    c.save(table, [])
    return c.place(table, None)


# Cells


def _text(name, by, change):
    """A kind of damage to any cell with text of our own."""

    def damage(c):
        return c.change(*c.random.choice(TEXT), lambda text: change(text, c.random.randrange(1, len(text))))

    kind(name, by)(damage)


_text("space at the end", "F2", lambda text, n: text + " ")
_text("space at the start", "F2", lambda text, n: " " + text)
_text("no-break space at the end", "F2", lambda text, n: text + "\u00a0")
_text("tab at the start", "F2", lambda text, n: "\t" + text)
_text("zero-width space", "F2", lambda text, n: text[:n] + "\u200b" + text[n:])
_text("right-to-left override", "F2", lambda text, n: text[:n] + "\u202e" + text[n:])
_text("soft hyphen", "F2", lambda text, n: text[:n] + "\u00ad" + text[n:])
_text("byte-order mark within a cell", "F2", lambda text, n: text[:n] + "\ufeff" + text[n:])
_text("control character", "F2", lambda text, n: text[:n] + "\x07" + text[n:])
_text("line break in a cell", "F2", lambda text, n: text[:n] + "\n" + text[n:])
_text("letter and accent apart", "F2", lambda text, n: text[:n] + unicodedata.normalize("NFD", "é") + text[n:])
_text("formula with =", "F3", lambda text, n: "=" + text)
_text("formula with +", "F3", lambda text, n: "+" + text)
_text("formula with @", "F3", lambda text, n: "@" + text)
_text("cell of 25,000 characters", "F6", lambda text, n: text + "x" * 25_000)
_text("required text blanked", "constraint-error", lambda text, n: "")


@kind("look-alike letter in a key", "F7")
def _(c):
    table, column, letter = c.random.choice(KEYS)
    return c.change(table, column, lambda key: LOOK_ALIKE[letter] + key[1:])


@kind("look-alike letter in a reference", "F7")
def _(c):
    table, column, letter = c.random.choice(REFERENCES)
    return c.change(table, column, lambda key: LOOK_ALIKE[letter] + key[1:])


@kind("full-width digit in a key", "F7")
def _(c):
    table, column, _ = c.random.choice(KEYS)
    return c.change(table, column, lambda key: key[:-1] + chr(ord(key[-1]) + 0xFEE0))


@kind("look-alike letter in a code", "constraint-error")
def _(c):
    table, column = c.random.choice(CODED)
    return c.change(table, column, lambda code: re.sub("[aeo]", lambda m: LOOK_ALIKE[m[0]], code, count=1), lambda r: re.search("[aeo]", r[column]))


@kind("look-alike letter in a name", "F9")
def _(c):
    table = c.random.choice(["actors", "companies"])
    letter = "(?<=[a-z])[aeo]"
    return c.change(table, "name", lambda name: re.sub(letter, lambda m: LOOK_ALIKE[m[0]], name, count=1), lambda r: re.search(letter, r["name"]))


@kind("names swapped between languages", "F8")
def _(c):
    table = c.random.choice(["actors", "companies", "places"])
    return _swapped(c, table, "name", "name_zh", lambda r: r["name_zh"] and not re.search("[A-Za-z]", r["name_zh"]))


@kind("unknown code", "constraint-error")
def _(c):
    table, column = c.random.choice(CODED)
    return c.change(table, column, lambda code: code[:-1], lambda r: r[column])


@kind("code in capitals", "constraint-error")
def _(c):
    table, column = c.random.choice(CODED)
    return c.change(table, column, str.upper, lambda r: r[column])


@kind("label for a code", "constraint-error")
def _(c):
    table, column = c.random.choice(CODED)
    labels = {code.value: code.label for code in TABLES[table].field(column).codes}
    return c.change(table, column, labels.get, lambda r: labels.get(r[column], r[column]) != r[column])


@kind("number that is no code", "constraint-error")
def _(c):
    table, column = c.random.choice([("measures", "restrictiveness"), ("events", "event_clarity"), ("event_places", "place_precision")])
    return c.change(table, column, lambda code: str(int(code) + 7))


@kind("required code blanked", "constraint-error")
def _(c):
    table, column = c.random.choice([tc for tc in CODED if TABLES[tc[0]].field(tc[1]).required])
    return c.change(table, column, lambda code: "")


@kind("required date blanked", "constraint-error")
def _(c):
    return c.change(*c.random.choice([("events", "date_earliest"), ("events", "date_latest"), ("searches", "searched_on")]), lambda day: "")


@kind("required reference blanked", "constraint-error")
def _(c):
    table, column, _ = c.random.choice(REFERENCES)
    return c.change(table, column, lambda key: "")


@kind("key cut short", "constraint-error")
def _(c):
    table, column, _ = c.random.choice(KEYS)
    return c.change(table, column, lambda key: key[:3])


@kind("key in small letters", "constraint-error")
def _(c):
    table, column, _ = c.random.choice(KEYS)
    return c.change(table, column, str.lower)


@kind("address without its scheme", "constraint-error")
def _(c):
    return c.change("sources", "url", lambda url: url.split("://")[1], lambda r: r["url"])


@kind("language by its name", "constraint-error")
def _(c):
    return c.change(c.random.choice(["sources", "searches"]), "language", lambda tag: "Chinese")


@kind("number with a decimal comma", "type-error")
def _(c):
    column = c.random.choice(["latitude", "longitude"])
    return c.change("places", column, lambda n: n.replace(".", ","), lambda r: "." in r[column])


@kind("whole number with a fraction", "type-error")
def _(c):
    return c.change(*c.random.choice([("searches", "hits_read"), ("measures", "restrictiveness")]), lambda n: n + ".5")


@kind("number out of range", "constraint-error")
def _(c):
    wrong = [("places", "latitude", "91.5"), ("places", "longitude", "-200"), ("companies", "founded_year", "1066"), ("searches", "hits_read", "-1")]
    table, column, value = c.random.choice(wrong)
    return c.change(table, column, lambda n: value)


@kind("latitude and longitude swapped in the east of Asia", "constraint-error")
def _(c):
    return _swapped(c, "places", "latitude", "longitude", lambda r: abs(float(r["longitude"])) > 90)


@kind("title longer than a line", "constraint-error")
def _(c):
    return c.change(c.random.choice(["events", "measures"]), "title", lambda title: title + " and so on" * 15)


def _date(name, by, change):
    """A kind of damage to any date."""

    def damage(c):
        table, column = c.random.choice(DATES)
        return c.change(table, column, lambda day: change(parse_day(day)), lambda r: r[column])

    kind(name, by)(damage)


_date("date without leading zeros", "F5", lambda d: f"{d.year}-{d.month}-{d.day % 9 + 1}")
_date("date with slashes", "F5", lambda d: f"{d:%d/%m/%Y}")
_date("date as a week", "F5", lambda d: f"{d:%G-W%V-%u}")
_date("date with a time", "F5", lambda d: f"{d}T00:00")
_date("year alone", "F5", lambda d: str(d.year))
_date("day that no month has", "F5", lambda d: f"{d.year}-02-30")
_date("date as a word", "type-error", lambda d: "unknown")
_date("date in the future", "T5", lambda d: str(d.replace(year=2999, day=1)))


# Keys


def _dangling(table, key):
    missing = "QQ" if key.target == "place_id" else package().table(key.table).field(key.target).example[0] + "99999"

    def damage(c):
        return c.change(table.name, key.field, lambda _: missing)

    kind(f"dangling {table.name}.{key.field}", "foreign-key", also=(key.table,), instances=2)(damage)


for _table in TABLES.values():
    for _key in _table.foreign_keys:
        _dangling(_table, _key)


def _dropped(target, column):
    """A record that others refer to is dropped: every reference to it must be reported."""
    refers = [(t.name, k.field) for t in TABLES.values() for k in t.foreign_keys if k.table == target]

    def damage(c):
        used = sorted({r[field] for table, field in refers for r in c.records(table)} - {""})
        gone = c.random.choice(used)
        c.drop(target, lambda r: r[column] == gone)
        return [{c.place(table, n + 2)} for table, field in refers for n, r in enumerate(c.records(table)) if r[field] == gone]

    kind(f"row dropped from {target}", "foreign-key", also=tuple({table for table, _ in refers}), instances=2)(damage)


for _target, _column in (("events", "event_id"), ("actors", "actor_id"), ("companies", "company_id"), ("sources", "source_id"), ("measures", "measure_id"),
                         ("claims", "claim_id"), ("places", "place_id")):  # fmt: skip
    _dropped(_target, _column)


@kind("event without a claim that it occurred", "K1")
def _(c):
    event = c.random.choice(c.records("events"))["event_id"]
    c.save("claims", [{**r, "aspect": "scope"} if r["event_id"] == event and r["aspect"] == "occurrence" else r for r in c.records("claims")])
    return c.place("events", next(n for n, r in enumerate(c.records("events"), 2) if r["event_id"] == event))


@kind("claim that lost its sources", "K2")
def _(c):
    n = c.some_row("claims")
    claim = c.records("claims")[n]["claim_id"]
    c.drop("claim_sources", lambda r: r["claim_id"] == claim)
    return c.place("claims", n + 2)


@kind("event whose support is turned round", "K2")
def _(c):
    n = c.some_row("events")
    event = c.records("events")[n]["event_id"]
    claims = {r["claim_id"] for r in c.records("claims") if r["event_id"] == event and r["aspect"] == "occurrence"}
    c.save("claim_sources", [{**r, "stance": "contradicts", "note": "x"} if r["claim_id"] in claims else r for r in c.records("claim_sources")])
    return c.place("events", n + 2)


def _orphan(table, **values):
    """A record is added that nothing refers to."""
    column, letter = next((column, letter) for name, column, letter in [*KEYS, ("places", "place_id", "")] if name == table)
    kind(f"orphan in {table}", "K3", instances=1)(lambda c: c.add(table, **{column: f"{letter}99999" if letter else "ZZ", **values}))


_orphan("actors", name="Office of Nothing", actor_type="government_body", country="CN", role="None")
_orphan("companies", name="Firm of Nothing", country="CN", sector="other")
_orphan("sources", title="Page", publisher="Nobody", published_basis="unknown", language="en", source_type="news", report_role="original", seen="cited_only")
_orphan("places", name="Nowhere", place_type="country", latitude="0", longitude="0")
_orphan("measures", title="Measure of nothing", description="None", domain="people", side="china", formality="unknown")


def _cut_off(c, fits):
    """Drop all parts that an actor has in events, where nothing else refers to the actor."""
    named = {r["issuer_id"] for r in c.records("measures")} | {r["parent_actor_id"] for r in c.records("actors")}
    acting = {r["actor_id"] for r in c.records("event_actors")}
    n = c.some_row("actors", lambda r: r["actor_id"] in acting - named and fits(r))
    actor = c.records("actors")[n]["actor_id"]
    c.drop("event_actors", lambda r: r["actor_id"] == actor)
    return c.place("actors", n + 2)


@kind("body that lost its events", "K3")
def _(c):
    return _cut_off(c, lambda r: r["actor_type"] != "person")


@kind("person who lost their events", "P1")
def _(c):
    return _cut_off(c, lambda r: r["actor_type"] == "person" and not r["company_id"])


@kind("retired key in use", "K4")
def _(c):
    table, column, _ = c.random.choice(KEYS)
    return c.add("retired_ids", retired_id=c.random.choice(c.records(table))[column], reason="Twice", retired_on="2026-11-01")


@kind("retired key with a replacement that does not exist", "K4")
def _(c):
    return c.add("retired_ids", retired_id="E99998", reason="Twice", replaced_by="E99999", retired_on="2026-11-01")


@kind("claim entered twice under two keys", "K5")
def _(c):
    return c.add("claims", **{**c.random.choice(c.records("claims")), "claim_id": "K99999"})


@kind("title of another event", "unique-error")
def _(c):
    return _copied(c, "events", "title")


@kind("name of another actor or company", "unique-error")
def _(c):
    return _copied(c, c.random.choice(["actors", "companies"]), "name")


def _copied(c, table, column, change=lambda text: text, fits=lambda r: True):
    """A cell gets what stands in the same column of an earlier row."""
    records = c.records(table)
    a, b = sorted(c.random.sample([n for n, r in enumerate(records) if fits(r)], 2))
    records[b][column] = change(records[a][column])
    c.save(table, records)
    return c.place(table, b + 2)


@kind("name of another with a hyphen more", "K8")
def _(c):
    return _copied(c, c.random.choice(["actors", "companies"]), "name", lambda name: name[:2] + "-" + name[2:])


@kind("name of another in small letters", "K8")
def _(c):
    return _copied(c, c.random.choice(["actors", "companies"]), "name", str.lower)


@kind("Chinese name of another", "K8")
def _(c):
    return _copied(c, c.random.choice(["actors", "companies"]), "name_zh", fits=lambda r: r["name_zh"])


@kind("second coding of a record that does not exist", "K7")
def _(c):
    return c.add("second_coding", record_id="E99999", field="side", value="china", coder_type="model", coded_on="2026-11-01")


@kind("second coding of a field that does not exist", "K7")
def _(c):
    return c.add("second_coding", record_id=c.records("events")[0]["event_id"], field="sides", value="china", coder_type="model", coded_on="2026-11-01")


@kind("second coding with an unknown code", "K7")
def _(c):
    return c.add("second_coding", record_id=c.records("events")[0]["event_id"], field="side", value="moon", coder_type="model", coded_on="2026-11-01")


# Time


@kind("two dates of an event swapped", "T1")
def _(c):
    return _swapped(c, "events", "date_earliest", "date_latest")


@kind("two dates of an indicator swapped", "T1")
def _(c):
    return _swapped(c, "indicators", "period_start", "period_end")


def _swapped(c, table, first, second, fits=lambda r: True):
    """Two cells of one row change places."""
    records = c.records(table)
    n = c.some_row(table, lambda r: r[first] != r[second] and fits(r))
    records[n][first], records[n][second] = records[n][second], records[n][first]
    c.save(table, records)
    return c.place(table, n + 2)


@kind("measure that ends before it is in force", "T2")
def _(c):
    events = {r["event_id"]: r for r in c.records("events")}
    started = [r for r in c.records("measure_events") if r["stage"] in STARTED - {"resumed"}]

    def followed(row):
        later = [o for o in started if o["measure_id"] == row["measure_id"] and events[o["event_id"]]["date_earliest"] > events[row["event_id"]]["date_latest"]]
        return later and row["stage"] not in CLOSED

    return c.change("measure_events", "stage", lambda _: "ended", followed)


@kind("rewrite dated before what it rests on", "T3")
def _(c):
    sources = c.records("sources")
    day = {r["source_id"]: r["published"] for r in sources}
    links = c.records("source_links")
    n = c.some_row("source_links", lambda r: day[r["source_id"]] >= day[r["relies_on_id"]] > "")
    earlier = str(parse_day(day[links[n]["relies_on_id"]]) - timedelta(c.random.randrange(1, 900)))
    c.save("sources", [{**r, "published": earlier} if r["source_id"] == links[n]["source_id"] else r for r in sources])
    return c.place("source_links", n + 2)


@kind("link turned round", "T3")
def _(c):
    day = {r["source_id"]: r["published"] for r in c.records("sources")}
    links = c.records("source_links")
    n = c.some_row("source_links", lambda r: day[r["source_id"]] > day[r["relies_on_id"]] > "")
    links[n]["source_id"], links[n]["relies_on_id"] = links[n]["relies_on_id"], links[n]["source_id"]
    c.save("source_links", links)
    return c.place("source_links", n + 2)


def _foreseeable(c):
    """Rows of claim_sources that support an occurrence, with the event and the source, where being early would be an error."""
    events, sources = ({r[key]: r for r in c.records(table)} for table, key in (("events", "event_id"), ("sources", "source_id")))
    event_of = {r["claim_id"]: r["event_id"] for r in c.records("claims") if r["aspect"] == "occurrence"}
    staged = {r["event_id"] for r in c.records("measure_events") if r["stage"] in PLANNED_STAGES}
    for n, row in enumerate(c.records("claim_sources")):
        event, source = events.get(event_of.get(row["claim_id"])), sources[row["source_id"]]
        announced = event and event["event_id"] in staged and source["source_type"] in FORWARD
        if row["stance"] == "supports" and row["modality"] != "planned" and event and not announced and source["published"] >= event["date_earliest"]:
            yield n + 2, event, source


@kind("report dated before the event", "T4")
def _(c):
    number, event, source = c.random.choice(list(_foreseeable(c)))
    early = str(parse_day(event["date_earliest"]) - timedelta(c.random.randrange(2, 900)))
    c.save("sources", [{**r, "published": early} if r["source_id"] == source["source_id"] else r for r in c.records("sources")])
    return c.place("claim_sources", number)


@kind("event dated after a report of it", "T4")
def _(c):
    number, event, source = c.random.choice(list(_foreseeable(c)))
    late = str(parse_day(source["published"]) + timedelta(c.random.randrange(2, 900)))
    c.save("events", [{**r, "date_earliest": late, "date_latest": late} if r["event_id"] == event["event_id"] else r for r in c.records("events")])
    return c.place("claim_sources", number)


@kind("day of publication without a basis", "T6")
def _(c):
    return c.change("sources", "published_basis", lambda _: "unknown", lambda r: r["published"])


@kind("basis without a day of publication", "T6")
def _(c):
    return c.change("sources", "published", lambda _: "", lambda r: r["published"])


@kind("answer before what it answers", "T7")
def _(c):
    events = {r["event_id"]: r for r in c.records("events")}
    records = c.records("event_relations")
    n = c.some_row("event_relations", lambda r: events[r["event_id"]]["date_earliest"] > events[r["related_event_id"]]["date_latest"])
    records[n]["event_id"], records[n]["related_event_id"] = records[n]["related_event_id"], records[n]["event_id"]
    c.save("event_relations", records)
    return c.place("event_relations", n + 2)


# Evidence


@kind("source that rests on itself", "V1")
def _(c):
    records = c.records("source_links")
    n = c.random.randrange(len(records))
    records[n]["relies_on_id"] = records[n]["source_id"]
    c.save("source_links", records)
    return c.place("source_links", n + 2)


@kind("circle of two sources", "V1")
def _(c):
    n = c.some_row("source_links")
    link = c.records("source_links")[n]
    added = c.add("source_links", **{**link, "source_id": link["relies_on_id"], "relies_on_id": link["source_id"]})
    return [{c.place("source_links", n + 2), added}]


@kind("circle of three sources", "V1")
def _(c):
    links = c.records("source_links")
    by_child = {}
    for n, r in enumerate(links):
        by_child.setdefault(r["source_id"], []).append(n)
    first = c.some_row("source_links", lambda r: r["relies_on_id"] in by_child)
    second = c.random.choice(by_child[links[first]["relies_on_id"]])
    added = c.add("source_links", **{**links[first], "source_id": links[second]["relies_on_id"], "relies_on_id": links[first]["source_id"]})
    return [{c.place("source_links", first + 2), c.place("source_links", second + 2), added}]


@kind("rewrite without its links", "V2")
def _(c):
    n = c.some_row("sources", lambda r: r["report_role"] in DERIVED)
    source = c.records("sources")[n]["source_id"]
    c.drop("source_links", lambda r: r["source_id"] == source)
    return c.place("sources", n + 2)


@kind("original called a rewrite", "V2")
def _(c):
    linked = {r["source_id"] for r in c.records("source_links")}
    return c.change("sources", "report_role", lambda _: c.random.choice(sorted(DERIVED)), lambda r: r["source_id"] not in linked)


@cache
def _judged():
    return Evidence.of().events()


@kind("aggregator among the origins of an A or B", "V3")
def _(c):
    role = {r["source_id"]: r["report_role"] for r in c.records("sources")}
    # With three origins left after it, the grade stays above C.
    strong = [j for j in _judged().values() if j.confidence in "AB" and sum(role[o] != "aggregator" for o in j.origins) >= 4]
    origin = c.random.choice([o for o in c.random.choice(strong).origins if role[o] != "aggregator"])
    return c.change("sources", "report_role", lambda _: "aggregator", lambda r: r["source_id"] == origin)


@kind("aggregator as only support", "V7")
def _(c):
    fewest = min(j.n_reports for j in _judged().values())
    event, reports = c.random.choice([(event, j.reports) for event, j in _judged().items() if j.n_reports == fewest])
    c.save("sources", [{**r, "report_role": "aggregator"} if r["source_id"] in reports else r for r in c.records("sources")])
    return c.place("events", next(n for n, r in enumerate(c.records("events"), 2) if r["event_id"] == event))


@kind("contradiction without a note", "V4")
def _(c):
    return c.change("claim_sources", "note", lambda _: "", lambda r: r["stance"] == "contradicts")


@kind("support turned into a contradiction", "V4")
def _(c):
    return c.change("claim_sources", "stance", lambda _: "contradicts", lambda r: r["stance"] == "supports" and not r["note"])


@kind("unwritten measure nobody searched for", "V5")
def _(c):
    searched = {(r["measure_id"], r["language"][:2]) for r in c.records("searches")}
    n = c.some_row("measures", lambda r: r["formality"] == "unwritten" and {(r["measure_id"], "en"), (r["measure_id"], "zh")} <= searched)
    measure, language = c.records("measures")[n]["measure_id"], c.random.choice(["en", "zh"])
    c.drop("searches", lambda r: r["measure_id"] == measure and r["language"].startswith(language))
    return c.place("measures", n + 2)


@kind("written measure called unwritten", "V5")
def _(c):
    searched = {r["measure_id"] for r in c.records("searches")}
    return c.change("measures", "formality", lambda _: "unwritten", lambda r: r["measure_id"] not in searched and r["formality"] != "unwritten")


@kind("first-hand basis on a rewrite", "V6")
def _(c):
    derived = {r["source_id"] for r in c.records("sources") if r["report_role"] in DERIVED}
    basis = c.random.choice(["own_text", "anonymous", "named_person"])
    return c.change("claim_sources", "sourcing_basis", lambda _: basis, lambda r: r["source_id"] in derived)


@kind("day of reading on what was only cited", "V8")
def _(c):
    return c.change("sources", "retrieved", lambda _: "2026-11-01", lambda r: r["seen"] == "cited_only")


@kind("no day of reading on what was read", "V8")
def _(c):
    return c.change("sources", "retrieved", lambda _: "", lambda r: r["seen"] != "cited_only")


@kind("address of another source", "V9")
def _(c):
    return _copied(c, "sources", "url", fits=lambda r: r["url"])


@kind("address of another source in another form", "V9")
def _(c):
    change = c.random.choice([lambda url: url.rstrip("/") + "/", lambda url: url + "#top", lambda url: re.sub("^https?", "http", url)])
    return _copied(c, "sources", "url", change, fits=lambda r: r["url"])


@kind("day of a report called official", "V11")
def _(c):
    texts = {r["source_id"] for r in c.records("sources") if r["source_type"] not in ("news", "wire", "blog", "analysis")}
    texts |= {r["source_id"] for r in c.records("source_links") if r["relies_on_id"] in texts}
    near = {r["claim_id"] for r in c.records("claim_sources") if r["source_id"] in texts or r["sourcing_basis"] in ("own_text", "document_seen")}
    events = {r["event_id"] for r in c.records("claims") if r["claim_id"] in near}
    return c.change("events", "date_basis", lambda _: "stated_official", lambda r: r["event_id"] not in events)


# People and wording


@kind("field on private life", "P2")
def _(c):
    name = c.random.choice(["birth_date", "spouse", "home_city"])
    c.save_cells("actors", [[*row, "" if n else name] for n, row in enumerate(c.cells("actors"))])
    field = {"name": name, "type": "string", "title": "x", "description": "x", "example": "x"}
    c.describe(lambda d: next(r for r in d["resources"] if r["name"] == "actors")["schema"]["fields"].append(field))
    return c.place("actors", None)


@kind("person made a bystander", "P3")
def _(c):
    acting = {r["actor_id"] for r in c.records("event_actors") if r["role"] != "mentioned"}
    n = c.some_row("actors", lambda r: r["actor_type"] == "person" and r["actor_id"] in acting)
    actor = c.records("actors")[n]["actor_id"]
    c.save("event_actors", [{**r, "role": "mentioned"} if r["actor_id"] == actor else r for r in c.records("event_actors")])
    return c.place("actors", n + 2)


@kind("judgement in a title", "W1")
def _(c):
    return c.change("events", "title", lambda title: title + c.random.choice([", a draconian step", ", an unprecedented act", ", an alarming move"]))


@kind("cause in a title", "W1")
def _(c):
    return c.change("events", "title", lambda title: title + c.random.choice([" in retaliation for tariffs", " because of a rumour", " out of fear"]))


@kind("title copied from a source", "W2")
def _(c):
    title = c.random.choice([r["title"] for r in c.records("sources") if len(r["title"]) > 30])
    return c.change("events", c.random.choice(["title", "summary"]), lambda _: title)


# Descriptor


@kind("unknown key in the descriptor", "D1")
def _(c):
    def change(d):
        resource = c.random.choice(d["resources"])
        c.random.choice([d, resource, resource["schema"], c.some_field(d)])[c.random.choice(["licence", "constrains", "primary_key"])] = "x"

    return c.describe(change)


@kind("permitted value without a definition", "D2")
def _(c):
    return c.describe(lambda d: c.some_field(d, lambda f: "categories" in f and f["type"] == "string")["constraints"]["enum"].append("moon"))


@kind("definition that is not permitted", "D2")
def _(c):
    return c.describe(lambda d: c.some_field(d, lambda f: "categories" in f)["constraints"]["enum"].pop())


@kind("code without a description", "D2")
def _(c):
    return c.describe(lambda d: c.random.choice(c.some_field(d, lambda f: "categories" in f)["categories"]).pop("description"))


@kind("field without a description", "D3")
def _(c):
    return c.describe(lambda d: c.some_field(d).pop(c.random.choice(["title", "description", "example"])))


@kind("example that breaks its own limits", "D3")
def _(c):
    return c.describe(lambda d: c.some_field(d, lambda f: {"enum", "pattern"} & f.get("constraints", {}).keys()).update(example="?"))


@kind("licence missing", "D4", instances=1)
def _(c):
    return c.describe(lambda d: d.pop("licenses"))


@kind("version, contributors or day of closing missing", "D4")
def _(c):
    return c.describe(lambda d: d.pop(c.random.choice(["version", "contributors", "closedOn", "description"])))


@kind("contributor with roles as text", "D4", instances=1)
def _(c):
    return c.describe(lambda d: d["contributors"][0].update(roles="creator"))


@kind("encoding or delimiter missing", "D5")
def _(c):
    def change(d):
        resource = c.random.choice(d["resources"])
        c.random.choice([lambda: resource.pop("encoding"), lambda: resource["dialect"].pop("delimiter")])()

    return c.describe(change)


@kind("one name with two types", "D7")
def _(c):
    return c.describe(lambda d: c.some_field(d, lambda f: f["name"] in ("source_id", "event_id", "actor_id")).update(type="any"))


@kind("resource left out of the descriptor", "D6")
def _(c):
    def change(d):
        gone.append(d["resources"].pop(c.random.randrange(len(d["resources"])))["path"])

    gone = []
    c.describe(change)
    return gone[0], None


@kind("day of closing too early", "T5", instances=2)
def _(c):
    c.describe(lambda d: d.update(closedOn="2020-01-01"))
    return [{c.place("sources", n)} for n, r in enumerate(c.records("sources"), 2) if r["published"] > "2020-01-01"]


@kind("path out of the package", "path")
def _(c):
    c.describe(lambda d: d["resources"][0].update(path=c.random.choice(["../events.csv", "/etc/hosts", "https://example.org/events.csv"])))
    return DESCRIPTOR, None


@kind("field without a name", "descriptor")
def _(c):
    return c.describe(lambda d: c.some_field(d).pop("name"))


@kind("table without fields", "profile", instances=1)
def _(c):
    return c.describe(lambda d: d["resources"][0]["schema"].update(fields=[]))


# What nothing can catch


@unseen("date of an event changed to another plausible one", "within what its sources allow, every day is as likely as the next")
def _(c):
    support = {}
    for _, event, source in _foreseeable(c):
        support.setdefault(event["event_id"], []).append(source["published"])
    in_order = {r[k] for t in ("event_relations", "measure_events") for r in c.records(t) for k in ("event_id", "related_event_id") if k in r}
    c.change("events", "date_earliest", lambda day: str(parse_day(day) - timedelta(1)), lambda r: r["event_id"] in support and r["event_id"] not in in_order)


@unseen("code changed to another that is defined", "both are codes; only the sources tell which is right")
def _(c):
    c.change("events", "direction", lambda code: "loosens" if code == "tightens" else "tightens")


@unseen("name misspelt", "any spelling could be a name")
def _(c):
    c.change("actors", "name", lambda name: name[:-2] + name[-1] + name[-2], lambda r: r["name"][-2:].isalpha() and r["name"][-1] != r["name"][-2])


@unseen("names of two actors swapped", "both are names of actors")
def _(c):
    records = c.records("actors")
    a, b = c.random.sample(range(len(records)), 2)
    records[a]["name"], records[b]["name"] = records[b]["name"], records[a]["name"]
    c.save("actors", records)


@unseen("statement that says the opposite", "rules do not read")
def _(c):
    c.change("claims", "statement", lambda text: f"It is not so that {text}")


@unseen("address changed to another page", "nothing is fetched")
def _(c):
    c.change("sources", "url", lambda url: url + "-changed", lambda r: r["url"] and "#" not in r["url"])


@unseen("part in an event dropped where others remain", "an event may have any number of actors")
def _(c):
    records = c.records("event_places")
    often = [r for r in records if sum(o["place_id"] == r["place_id"] for o in records) > 3]
    gone = c.random.choice(often)
    c.drop("event_places", lambda r: r == gone)


@unseen("number changed to another in range", "any count is possible")
def _(c):
    c.change("searches", "hits_read", lambda n: str(int(n) + 1))


@unseen("latitude and longitude swapped west of 90 degrees east", "both are coordinates")
def _(c):
    _swapped(c, "places", "latitude", "longitude", lambda r: abs(float(r["longitude"])) <= 90)


@unseen("limit taken out of the descriptor", "the descriptor is the definition; a review of its changes must catch it")
def _(c):
    c.describe(lambda d: c.some_field(d, lambda f: "pattern" in f.get("constraints", {}))["constraints"].pop("pattern"))


# The score


def main() -> int:
    """Print the score."""
    failed = total = 0
    for one in [*KINDS.values(), *UNSEEN.values()]:
        wrong = []
        for instance in range(one.instances):
            with tempfile.TemporaryDirectory() as folder:
                wrong.append(caught(one, instance, Path(folder)))
        right = wrong.count("")
        if one.by:
            total, failed = total + len(wrong), failed + len(wrong) - right
        print(f"{right}/{len(wrong)}  {one.by or 'not caught':<17} {one.name}{f' ({one.reason})' if one.reason else ''}")
        for message in filter(None, wrong):
            print(f"      {message}")
    score = f"{total - failed} of {total} instances of {len(KINDS)} kinds caught at their place: {(total - failed) / total:.0%}"
    print(f"{score}; {len(UNSEEN)} kinds cannot be caught")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
