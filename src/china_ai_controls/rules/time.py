"""Rules on time."""

from datetime import timedelta

from .base import Data, Found, rule


@rule("T1", "No period ends before it begins")
def bounds(data: Data):
    """Reversed bounds make an event invisible to every window, or put it in all of them."""
    for name, first, last in (("events", "date_earliest", "date_latest"), ("indicators", "period_start", "period_end")):
        for row in data[name]:
            begin, end = row.day(first), row.day(last)
            if begin and end and begin > end:
                yield Found(f"{last} {end} is before {first} {begin}", f"{first} on or before {last}", row, last)


STARTED = {"in_force", "tightened", "eased", "suspended", "resumed", "ended"}
CLOSED = {"ended", "never_implemented"}


@rule("T2", "The stages of a measure come in an order that a measure can live through", "measure_events", "events")
def stages(data: Data):
    """The status on a day is read off the stages; a measure that ends before it begins is in force for ever or never."""
    for measure, rows in data.by("measure_events", "measure_id").items():
        lived = []
        for row in rows:
            event = data.events.get(row.get("event_id", ""))
            if event and event.day("date_earliest") and event.day("date_latest"):
                lived.append((event.day("date_earliest"), event.day("date_latest"), row))
        for _, latest, row in lived:
            stage = row.get("stage")
            # Only what is surely earlier or later counts; overlapping bounds and equal days decide nothing.
            before = {r.get("stage") for _, end, r in lived if end < _begin(lived, row)}
            after = {r.get("stage") for begin, _, r in lived if begin > latest}
            together = {r.get("stage") for begin, end, r in lived if r is not row and not (end < _begin(lived, row) or begin > latest)}
            if stage in CLOSED and after & STARTED - {"resumed"}:
                yield Found(f"{measure}: {stage} on {latest}, later {', '.join(sorted(after & STARTED))}", "nothing after the end but resumed", row, "stage")
            elif stage == "resumed" and not (before | together) & {"suspended", "ended"}:
                yield Found(f"{measure}: resumed without having been suspended", "an earlier stage suspended or ended", row, "stage")
            elif stage == "never_implemented" and before & STARTED:
                yield Found(f"{measure}: never_implemented after {', '.join(sorted(before & STARTED))}", "no stage in force before it", row, "stage")
            elif stage in ("threatened", "announced", "adopted") and before & STARTED and not before & {"suspended", "ended"}:
                yield Found(
                    f"{measure}: {stage} after {', '.join(sorted(before & STARTED))}", "tightened or eased for a change to what is in force", row, "stage"
                )


def _begin(lived, row):
    return next(begin for begin, _, r in lived if r is row)


@rule("T3", "A source does not predate the source it rests on", "source_links", "sources")
def derivation_order(data: Data):
    """A rewrite that is older than its origin turns the graph round: the copy becomes the source."""
    for row in data["source_links"]:
        child, parent = data.sources.get(row.get("source_id", "")), data.sources.get(row.get("relies_on_id", ""))
        if child and parent:
            one, other = child.day("published"), parent.day("published")
            if one and other and one < other:
                yield Found(f"{child.key} of {one} rests on {parent.key} of {other}", "a source published on or before that day", row, "relies_on_id")


# Texts that set a date in advance: a law of April on what holds from May is no error.
FORWARD = {"legal_text", "law_firm_note", "official_statement", "company_statement", "filing"}
PLANNED_STAGES = {"announced", "adopted", "in_force", "threatened", "ended", "suspended", "resumed"}


@rule("T4", "No source supports an event before the event, unless it was announced or planned", "claim_sources", "events")
def foresight(data: Data):
    """A report that is older than what it reports is about something else, or one of the two dates is wrong."""
    staged = {r.get("event_id") for r in data["measure_events"] if r.get("stage") in PLANNED_STAGES}
    for event_id, rows in data.support.items():
        event = data.events.get(event_id)
        begin = event.day("date_earliest") if event else None
        for row in rows:
            source = data.sources.get(row.get("source_id", ""))
            day = source.day("published") if source else None
            # Dates are local: an act of the morning in Beijing is in the American papers of the day before.
            if (
                begin
                and day
                and day < begin - timedelta(days=1)
                and row.get("modality") != "planned"
                and not (event_id in staged and source.get("source_type") in FORWARD)
            ):
                yield Found(
                    f"{source.key} of {day} supports {event_id}, which began on {begin}", "a source of that day or later, or modality planned", row, "source_id"
                )


@rule("T5", "Nothing is later than the day the data were closed")
def closed(data: Data):
    """A date in the future is a slip of the pen, and moves every end point."""
    day = data.closed_on
    for name, table in data.package.tables.items():
        for column in (f.name for f in table.fields if f.type == "date" and f.name not in ("period_start", "period_end")):
            for row in data[name]:
                value = row.day(column)
                if day and value and value > day:
                    yield Found(f"{value} is after the day of closing, {day}", f"a day up to {day}", row, column)


@rule("T6", "A day of publication has a basis, and an unknown one is empty", "sources")
def publication_basis(data: Data):
    """A day without a basis is a guess, and everything known as of a day rests on it."""
    for row in data["sources"]:
        if bool(row.get("published")) == (row.get("published_basis") == "unknown"):
            yield Found(
                f"published is {row.get('published')!r} and published_basis {row.get('published_basis')!r}",
                "a day with its basis, or empty and unknown",
                row,
                "published_basis",
            )


@rule("T7", "An event answers or follows an earlier one", "event_relations", "events")
def relation_order(data: Data):
    """An answer that comes before what it answers reverses cause and effect."""
    for row in data["event_relations"]:
        event, earlier = data.events.get(row.get("event_id", "")), data.events.get(row.get("related_event_id", ""))
        if event and earlier and event.day("date_latest") and earlier.day("date_earliest") and event.day("date_latest") < earlier.day("date_earliest"):
            yield Found(
                f"{event.key} ({event.day('date_latest')}) {row.get('relation')} {earlier.key} ({earlier.day('date_earliest')})",
                "a related event that is not later",
                row,
                "related_event_id",
            )
