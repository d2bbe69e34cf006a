"""Rules on keys: every row is reachable, and no key lives twice."""

import re

from .base import Data, Found, rule

PREFIX = {"E": ("events", "event_id"), "A": ("actors", "actor_id"), "C": ("companies", "company_id"), "S": ("sources", "source_id"),
          "M": ("measures", "measure_id"), "K": ("claims", "claim_id"), "N": ("indicators", "indicator_id"), "Q": ("searches", "search_id")}  # fmt: skip


@rule("K1", "Every event has a claim that it occurred", "events", "claims")
def occurrence(data: Data):
    """An event that nobody claims to have happened would be counted with those that somebody does."""
    claimed = {c.get("event_id") for c in data["claims"] if c.get("aspect") == "occurrence"}
    for row in data["events"]:
        if row.get("event_id") not in claimed:
            yield Found(f"{row.key} has no claim with aspect occurrence", "at least one", row, "event_id")


@rule("K2", "Every claim has a source, and every event a source that supports it", "claims", "claim_sources")
def sourced(data: Data):
    """A claim without a source is the coder's memory, and looks like knowledge."""
    backed = {s.get("claim_id") for s in data["claim_sources"]}
    for row in data["claims"]:
        if row.get("claim_id") not in backed:
            yield Found(f"{row.key} has no source", "at least one row in claim_sources", row, "claim_id")
    for row in data["events"]:
        claims = [c for c in data.by("claims", "event_id").get(row.get("event_id", ""), ()) if c.get("aspect") == "occurrence"]
        # An event without the claim, or whose claims have no source at all, is reported above and by K1.
        if row.get("event_id") not in data.support and claims and all(c.get("claim_id") in backed for c in claims):
            yield Found(f"no source supports that {row.key} occurred", "at least one that supports it", row, "event_id")


@rule("K3", "Nothing is in a table that no other row refers to")
def referred_to(data: Data):
    """A source or body that nothing refers to is counted in every total and supports nothing; a person may stand by the firm alone."""
    used: dict[tuple[str, str], set[str]] = {}
    for name, table in data.package.tables.items():
        for key in table.foreign_keys:
            used.setdefault((key.table, key.target), set()).update(r.get(key.field, "") for r in data[name])
    for name, key in (("actors", "actor_id"), ("companies", "company_id"), ("sources", "source_id"), ("places", "place_id"), ("measures", "measure_id")):
        if name not in data.package.tables:
            continue
        refers = used.get((name, key), set())
        if name == "measures":
            refers = {r.get("measure_id") for r in data["measure_events"]}
        for row in data[name]:
            # A founder stands beside the firm, whether or not an event names him or her.
            founder = name == "actors" and row.get("actor_type") == "person" and row.get("company_id")
            if row.get(key) not in refers and not founder:
                yield Found(f"nothing refers to {row.key}", f"a row that refers to it{', in measure_events' if name == 'measures' else ''}", row, key)


@rule("K4", "Retired keys do not return, and their replacements exist", "retired_ids")
def retired(data: Data):
    """A key used again points every old citation at another record."""
    live = {letter: {r.get(field) for r in data[table]} for letter, (table, field) in PREFIX.items()}
    for row in data["retired_ids"]:
        old, new = row.get("retired_id", ""), row.get("replaced_by", "")
        if old in live.get(old[:1], ()):
            yield Found(f"{old} is retired and in use", "a new key for the record", row, "retired_id")
        if new and new not in live.get(new[:1], ()):
            yield Found(f"{old} is replaced by {new}, which does not exist", "a key in use", row, "replaced_by")


@rule("K5", "Unique keys are unique")
def unique_keys(data: Data):
    """frictionless does not read uniqueKeys: the same statement entered twice would be counted as two claims."""
    for name, table in data.package.tables.items():
        for fields in table.unique_keys:
            first: dict[tuple, str] = {}
            for row in data[name]:
                value = tuple(row.get(f, "") for f in fields)
                if value in first:
                    yield Found(f"{', '.join(fields)} are those of {first[value]}", "another value, or one row", row, fields[-1])
                first.setdefault(value, row.key)


@rule("K6", "The tables that the others rest on are not empty")
def not_empty(data: Data):
    """Every check on an empty table passes; a package without rows would be valid."""
    for name in ("events", "actors", "companies", "sources", "claims", "claim_sources"):
        if name in data.package.tables and not data[name]:
            yield Found("the table is empty", "at least one row", table=data.package.tables[name].path)


@rule("K7", "Second codings are of records, fields and codes that exist", "second_coding")
def second_coding(data: Data):
    """A second coding of nothing inflates the agreement that is computed from it."""
    for row in data["second_coding"]:
        table, key = PREFIX.get(row.get("record_id", "")[:1], ("", ""))
        if row.get("record_id") not in {r.get(key) for r in data[table]}:
            yield Found(f"{row.get('record_id')} does not exist", "a record in use", row, "record_id")
            continue
        fields = {f.name: f for f in data.package.tables[table].fields}
        field = fields.get(row.get("field", ""))
        if field is None:
            yield Found(f"{table} has no field {row.get('field')!r}", f"one of {', '.join(fields)}", row, "field")
        elif field.codes and row.get("value") not in {str(c.value) for c in field.codes}:
            yield Found(f"{row.get('value')!r} is no code of {table}.{field.name}", f"one of {', '.join(str(c.value) for c in field.codes)}", row, "value")


@rule("K8", "A name stands for one actor or company")
def one_name(data: Data):
    """One person under two keys is half a person in every count."""
    for name in ("actors", "companies"):
        first: dict[str, str] = {}
        for row in data[name]:
            for column in ("name", "name_zh"):
                folded = re.sub(r"[\s.,'’-]", "", row.get(column, "").casefold())
                if not folded:
                    continue
                if first.get(folded, row.key) != row.key:
                    yield Found(f"{row[column]!r} is also the name of {first[folded]}", "one key for one name", row, column)
                first.setdefault(folded, row.key)
