"""The derived views that go with every export: what the evidence amounts to, as tables of their own. Standard library only.

A view is described as the tables of the package are, so that everything that writes a table can write a view.
"""

from collections.abc import Iterator
from datetime import date

from .asof import ACTIVE
from .evidence import GRADES, PRECISIONS, Evidence, date_precision
from .schema import Code, Field, ForeignKey, Package, Table, package
from .tables import batches, columns

# What of a measure the view of measures repeats, so that it can be read alone.
MEASURE_FIELDS = ("measure_id", "title", "side", "domain", "target_group", "formality", "restrictiveness", "scope")


def _field(name: str, kind: str, title: str, description: str, example: str, codes: tuple[str, ...] = ()) -> Field:
    return Field(name, kind, title, description, example, {}, tuple(Code(c, c, "") for c in codes), bool(codes))


EVIDENCE_FIELDS = (
    _field("n_reports", "integer", "Reports", "How many sources support that the event occurred.", "65"),
    _field("n_origins", "integer", "Origins", "How many independent origins those sources rest on.", "1"),
    _field("origins", "string", "Keys of the origins", "Keys of the origins, separated by spaces.", "S0794"),
    _field("confidence", "string", "Confidence", "Grade of the evidence by the rule of the codebook.", "C", GRADES),
    _field("contested", "string", "Contested", "Whether any source contradicts a claim on the event.", "yes", ("no", "yes")),
    _field("known_on", "date", "Known on", "First day on which a public source in the data supported it; empty where no day is known.", "2025-02-28"),
    _field("date_precision", "string", "Precision of the date", "How narrowly the two bounds fix the date.", "day", PRECISIONS),
)


def described(source: Package | None = None) -> dict[str, Table]:
    """The views as tables: their fields with descriptions, keys and references.

    Returns
    -------
    dict of str to Table

    Examples
    --------
    >>> list(described())
    ['events_with_evidence', 'measures_in_force', 'reports_and_origins']
    """
    source = source or package()
    events, measures, stage = source.table("events"), source.table("measures"), source.table("measure_events").field("stage")
    status = stage._replace(name="status", title="Status", description="Last stage that had surely happened by the day the data were closed.", constraints={})
    return {
        "events_with_evidence": Table(
            "events_with_evidence",
            "views/events_with_evidence.csv",
            "Events with their evidence",
            "One row is an event with what the evidence for it amounts to. Computed from claims, sources and their links; never edited.",
            (*events.fields, *EVIDENCE_FIELDS),
            ("event_id",),
            (),
            (ForeignKey("event_id", "events", "event_id"),),
        ),
        "measures_in_force": Table(
            "measures_in_force",
            "views/measures_in_force.csv",
            "Measures and whether they are in force",
            "One row is a measure with its status on the day the data were closed. A status lasts until a later stage was found; silence is no end.",
            (
                *(measures.field(name) for name in MEASURE_FIELDS),
                status,
                _field("since", "date", "Since", "Day by which the last stage had happened.", "2025-02-28"),
                _field("in_force", "string", "In force", "Whether the status means that the measure is applied.", "yes", ("no", "yes")),
            ),
            ("measure_id",),
            (),
            (ForeignKey("measure_id", "measures", "measure_id"),),
        ),
        "reports_and_origins": Table(
            "reports_and_origins",
            "views/reports_and_origins.csv",
            "Reports and the origins they rest on",
            "One row says that this source supports that the event occurred, and that it rests in the end on that origin, which may be itself.",
            (
                events.field("event_id"),
                source.table("sources").field("source_id"),
                _field("origin_id", "string", "Origin", "Key of a source that rests on nothing else and on which this one rests.", "S0794"),
            ),
            ("event_id", "source_id", "origin_id"),
            (),
            (ForeignKey("event_id", "events", "event_id"), ForeignKey("source_id", "sources", "source_id"), ForeignKey("origin_id", "sources", "source_id")),
        ),
    }


def view_batches(name: str, source: Package | None = None) -> Iterator[dict[str, list]]:
    """One view as typed columns, some rows at a time, as `tables.batches` gives a table.

    Examples
    --------
    >>> next(view_batches("events_with_evidence"))["confidence"][0] in "ABCD"
    True
    """
    return _MAKERS[name](source or package())


def _events_with_evidence(source: Package) -> Iterator[dict[str, list]]:
    judged = Evidence.of(source).events()
    for part in batches("events", source):
        found = [judged.get(e) for e in part["event_id"]]
        yield {
            **part,
            "n_reports": [j.n_reports if j else 0 for j in found],
            "n_origins": [j.n_origins if j else 0 for j in found],
            "origins": [" ".join(j.origins) if j else None for j in found],
            "confidence": [j.confidence if j else None for j in found],
            "contested": ["yes" if j and j.contested else "no" for j in found],
            "known_on": [j.known_on if j else None for j in found],
            "date_precision": [date_precision(a, b) for a, b in zip(part["date_earliest"], part["date_latest"])],
        }


def _measures_in_force(source: Package) -> Iterator[dict[str, list]]:
    closed = date.fromisoformat(source.descriptor["closedOn"])
    life = Evidence.of(source).lives()
    for part in batches("measures", source):
        last = [[(day, stage) for day, stage, _ in life.get(m, ()) if day <= closed][-1:] for m in part["measure_id"]]
        status = [stages[0][1] if stages else None for stages in last]
        yield {
            **{name: part[name] for name in MEASURE_FIELDS},
            "status": status,
            "since": [stages[0][0] if stages else None for stages in last],
            "in_force": ["yes" if s in ACTIVE else "no" for s in status],
        }


def _reports_and_origins(source: Package) -> Iterator[dict[str, list]]:
    found = Evidence.of(source)
    claims = columns("claims", source, ("claim_id", "event_id", "aspect"))
    occurrence = {c: e for c, e, a in zip(claims["claim_id"], claims["event_id"], claims["aspect"]) if a == "occurrence"}
    part: dict[str, list] = {"event_id": [], "source_id": [], "origin_id": []}
    for event, judged in sorted(found.judge(occurrence, {})):
        for report in judged.reports:
            for origin in found.derivation.origins(report):
                for name, value in zip(part, (event, report, origin)):
                    part[name].append(value)
        if len(part["event_id"]) >= 50_000:
            yield part
            part = {name: [] for name in part}
    if part["event_id"]:
        yield part


_MAKERS = {"events_with_evidence": _events_with_evidence, "measures_in_force": _measures_in_force, "reports_and_origins": _reports_and_origins}
