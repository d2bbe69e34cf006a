"""Rules on evidence: what rests on what, and what may be concluded from it."""

import re

from ..errors import DataError
from ..evidence import Derivation, Evidence
from .base import Data, Found, rule

DERIVED = {"rewrite", "syndicated", "translation"}
FIRST_HAND = {"own_text", "anonymous", "named_person", "court_or_registry"}
# Types of source that are texts of those who act, and bases that say that such a text was at hand.
ACTING_PARTY = {"legal_text", "official_statement", "official_data", "court_record", "filing", "company_statement"}
TEXT_AT_HAND = {"own_text", "document_seen"}


@rule("V1", "No source rests on itself, directly or in a circle", "source_links")
def no_cycles(data: Data):
    """In a circle nothing is an origin, and counts of origins never end."""
    # Each round finds one circle; taking its last link out lets the next be found, so that all are reported at once.
    left = [r for r in data["source_links"] if r.get("source_id") and r.get("relies_on_id")]
    while left:
        try:
            Derivation((r["source_id"], r["relies_on_id"]) for r in left)
            return
        except DataError as error:
            circle = str(error).split("a circle, ")[1].split(";")[0]
            ends = circle.split(" rests on ")[-2:]
            row = next(r for r in left if [r["source_id"], r["relies_on_id"]] == ends)
            yield Found(f"a circle: {circle}", "links that end in an origin", row, "relies_on_id")
            left.remove(row)


@rule("V2", "A rewrite, syndicated text or translation has a link to what it rests on", "sources", "source_links")
def derived_linked(data: Data):
    """A rewrite without a link counts as an origin of its own: ten copies would look like ten witnesses."""
    linked = {r.get("source_id") for r in data["source_links"]}
    for row in data["sources"]:
        if row.get("report_role") in DERIVED and row.get("source_id") not in linked:
            yield Found(f"{row.key} is a {row['report_role']} and rests on nothing", "a row in source_links", row, "report_role")


@rule("V3", "An aggregator is never an origin of an event of confidence A or B", "sources", "claims", "claim_sources", "source_links")
def aggregator_origin(data: Data):
    """Machine-written pages repeat each other's errors; as an origin one would lend a second voice to its own echo."""
    try:
        judged = Evidence({name: _columns(data, name) for name in Evidence.TABLES}).events()
    except (DataError, KeyError):
        return  # circles and dangling keys are reported by the rules that are about them
    for event_id, judgement in judged.items():
        for origin in judgement.origins:
            if judgement.confidence in "AB" and data.sources[origin].get("report_role") == "aggregator":
                yield Found(
                    f"{origin} is an aggregator and an origin of {event_id} (confidence {judgement.confidence})",
                    "a link to what it rests on, or another source",
                    data.sources[origin],
                    "report_role",
                )


def _columns(data: Data, name: str) -> dict[str, list]:
    """Columns as the evidence engine takes them; of the dates it needs only those that can be read."""
    table = data.package.tables[name]
    dates = {f.name for f in table.fields if f.type == "date"}
    return {f.name: [r.day(f.name) if f.name in dates else r.get(f.name, "") for r in data[name]] for f in table.fields}


@rule("V4", "A contradiction says in its note what it contradicts", "claim_sources")
def contradiction_explained(data: Data):
    """'Contested' without saying how cannot be weighed by anybody."""
    for row in data["claim_sources"]:
        if row.get("stance") == "contradicts" and not row.get("note"):
            yield Found(f"{row.get('source_id')} contradicts {row.get('claim_id')} without a note", "a note that says what it says instead", row, "note")


@rule("V5", "An unwritten measure has searches in English and in Chinese behind it", "measures", "searches")
def searched(data: Data):
    """'Unwritten' says that no text was found; if nobody looked, it says nothing."""
    for row in data["measures"]:
        if row.get("formality") == "unwritten":
            searched_in = {s.get("language", "")[:2] for s in data.by("searches", "measure_id").get(row.get("measure_id", ""), ())}
            missing = [name for tag, name in (("en", "English"), ("zh", "Chinese")) if tag not in searched_in]
            if missing:
                yield Found(f"{row.key} is unwritten and was not searched for in {' or '.join(missing)}", "searches in both languages", row, "formality")


@rule("V6", "A derived report does not claim first-hand knowledge", "claim_sources", "sources")
def basis_fits_role(data: Data):
    """A rewrite coded as if it had its own informants would turn an echo into a witness."""
    for row in data["claim_sources"]:
        source = data.sources.get(row.get("source_id", ""))
        if source and source.get("report_role") in DERIVED and row.get("sourcing_basis") in FIRST_HAND:
            yield Found(
                f"{source.key} is a {source['report_role']} with basis {row['sourcing_basis']}",
                "other_report, document_seen or none_stated",
                row,
                "sourcing_basis",
            )


@rule("V7", "No event rests on aggregators alone", "claim_sources", "sources", "events")
def more_than_aggregators(data: Data):
    """Such pages are known to invent founders, dates and agencies; an event that only they know may never have happened."""
    for event_id, rows in data.support.items():
        roles = {data.sources[r["source_id"]].get("report_role") for r in rows if r.get("source_id") in data.sources}
        if roles == {"aggregator"} and event_id in data.events:
            yield Found(f"only aggregators support {event_id}", "a source of another role", data.events[event_id], "event_id")


@rule("V8", "What was read has a day of reading, what was not has none", "sources")
def reading(data: Data):
    """A page that nobody opened must not look as if somebody had."""
    for row in data["sources"]:
        if (row.get("seen") == "cited_only") == bool(row.get("retrieved")):
            yield Found(
                f"seen is {row.get('seen')} and retrieved {row.get('retrieved') or 'empty'}", "a day for what was read, none for cited_only", row, "retrieved"
            )


@rule("V9", "One address is one source", "sources")
def one_address(data: Data):
    """The same page under two keys is two reports to every count."""
    first: dict[str, str] = {}
    for row in data["sources"]:
        url = row.get("url", "")
        # These differences lead to the same page.
        page = re.sub(r"^https?://(www\.)?", "", url.partition("#")[0]).rstrip("/")
        if page and first.setdefault(page, row.key) != row.key:
            yield Found(f"{url} is also the address of {first[page]}", "one row for one page", row, "url")


@rule("V10", "A claim is carried by a page that was read and is no aggregator", "claims", "claim_sources", "sources")
def carried_by_what_was_read(data: Data):
    """A statement known only from machine-written pages, or from pages nobody opened, is a rumour of a rumour."""
    for claim_id, rows in data.by("claim_sources", "claim_id").items():
        sources = [data.sources[r["source_id"]] for r in rows if r.get("stance") == "supports" and r.get("source_id") in data.sources]
        if sources and not any(s.get("seen") != "cited_only" and s.get("report_role") != "aggregator" for s in sources):
            yield Found(f"nothing that supports {claim_id} was read, or only aggregators", "one page that was read and is no aggregator", rows[0], "source_id")


@rule("V11", "A day that was stated officially rests on a text of the one who acted", "events", "claims", "claim_sources", "sources", "source_links")
def officially_dated(data: Data):
    """A day that only reports give is as good as the reports; called official it would end every doubt about it."""

    def is_text(row) -> bool:
        relied_on = (link.get("relies_on_id") for link in data.by("source_links", "source_id").get(row.get("source_id"), ()))
        pages = (data.sources.get(key, {}) for key in (row.get("source_id"), *relied_on))
        return row.get("sourcing_basis") in TEXT_AT_HAND or any(page.get("source_type") in ACTING_PARTY for page in pages)

    for row in data["events"]:
        if row.get("date_basis") == "stated_official":
            claims = [c for c in data.by("claims", "event_id").get(row.get("event_id"), ()) if c.get("aspect") in ("occurrence", "date")]
            backing = [b for c in claims for b in data.by("claim_sources", "claim_id").get(c.get("claim_id"), ()) if b.get("stance") == "supports"]
            if backing and not any(map(is_text, backing)):
                message = f"no text of the one who acted supports {row.key} or its day"
                yield Found(message, "such a text, a page that rests on it, or another basis", row, "date_basis")
