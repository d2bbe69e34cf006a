"""What was publicly known on a day. Works on columns as `tables.columns` gives them; standard library only."""

from datetime import date
from typing import NamedTuple

from .errors import DataError, Known

# Where two stages fall on one day, the later word in this order is the status: a rule announced and in force on one day is in force.
STAGE_ORDER = (
    "reported",
    "threatened",
    "announced",
    "adopted",
    "in_force",
    "tightened",
    "eased",
    "resumed",
    "suspended",
    "ended",
    "never_implemented",
    "denied",
)
# What a measure's last stage must be for it to be applied. A report is all that ever marks the beginning of an unwritten measure; what is
# announced or adopted does not bind yet.
ACTIVE = frozenset({"reported", "in_force", "tightened", "eased", "resumed"})
# The fields that a snapshot looks at; titles, notes and other text may be left unread.
FIELDS = frozenset({
    "event_id", "related_event_id", "claim_id", "source_id", "relies_on_id", "measure_id", "actor_id", "company_id", "place_id",
    "parent_actor_id", "parent_company_id", "parent_place_id", "issuer_id", "country", "hq_place_id",
    "published", "date_earliest", "date_latest", "searched_on", "coded_on", "retired_on", "aspect", "stance", "stage",
})  # fmt: skip
TABLES = ("events", "actors", "companies", "sources", "measures", "claims", "places", "indicators", "event_actors", "event_companies", "event_places",
          "measure_events", "claim_sources", "source_links", "searches", "second_coding", "retired_ids")  # fmt: skip
_RANK = {stage: rank for rank, stage in enumerate(STAGE_ORDER)}


class Snapshot(NamedTuple):
    """The part of a package that was publicly known on a day.

    Attributes
    ----------
    masks : dict of str to list of bool
        For each table, whether each row belongs to it.
    status : dict of str to str
        Status of each known measure on that day, from the stages known and passed by then.
    """

    masks: dict[str, list[bool]]
    status: dict[str, str | None]


def public_since(sources: dict, source_links: dict) -> dict[str, date]:
    """First day on which each source is known to have been public.

    That is its day of publication. A source without one was public no later than the first dated report that rests on
    it, directly or through others; sources for which that is unknown too are left out.

    Parameters
    ----------
    sources, source_links : dict of str to list
        Columns of the two tables.

    Returns
    -------
    dict of str to datetime.date
    """
    since = {s: day for s, day in zip(sources["source_id"], sources["published"]) if day}
    undated = {s for s, day in zip(sources["source_id"], sources["published"]) if not day}
    reached: list[tuple[date, str]] = []
    above: dict[str, list[str]] = {}
    for child, parent in zip(source_links["source_id"], source_links["relies_on_id"]):
        if parent in undated:
            if child in undated:
                above.setdefault(child, []).append(parent)
            elif child in since:
                reached.append((since[child], parent))
    # The first day to reach a source is its day if days start in order; so each link is followed once, however long the chains.
    reached.sort()
    for day, source in reached:
        todo = [source]
        while todo:
            one = todo.pop()
            if one not in since:
                since[one] = day
                todo += above.get(one, ())
    return since


def stages_in_order(measure_events: dict, event_dates: dict[str, tuple[date, date]]) -> dict[str, list[tuple[date, str, str]]]:
    """Stages of each measure as (day by which it had happened, stage, event), in order of time."""
    life = {}
    for measure, event, stage in zip(measure_events["measure_id"], measure_events["event_id"], measure_events["stage"]):
        life.setdefault(measure, []).append((event_dates[event][1], stage, event))
    for stages in life.values():
        stages.sort(key=lambda s: (s[0], _RANK[s[1]], s[2]))
    return life


def status_on(life: dict, day: date) -> dict[str, str | None]:
    """Status of each measure on a day: the last stage that had surely happened by then, None before the first."""
    status = {}
    for measure, stages in life.items():
        passed = [stage for when, stage, _ in stages if when <= day]
        status[measure] = passed[-1] if passed else None
    return status


def snapshot(data: dict[str, dict[str, list]], day: date) -> Snapshot:
    """The part of a package that was publicly known on a day.

    Parameters
    ----------
    data : dict of str to dict of str to list
        Columns of every table, those of `FIELDS` at least.
    day : datetime.date

    Returns
    -------
    Snapshot
        Closed under every key: no kept row refers to one that was dropped.
    """
    missing = [name for name in TABLES if name not in data]
    if missing:
        raise DataError(f"without {', '.join(missing)} it cannot be said what was known on a day; expected a package with these tables")
    claims, backing, links = data["claims"], data["claim_sources"], data["source_links"]
    since = public_since(data["sources"], links)
    # All that was public, used or not: an undated source takes its day from a report that rests on it, which must stay beside it.
    public = {s for s, first in since.items() if first <= day}

    supported = {c for c, s, stance in zip(backing["claim_id"], backing["source_id"], backing["stance"]) if stance == "supports" and s in public}
    events = {e for c, e, aspect in zip(claims["claim_id"], claims["event_id"], claims["aspect"]) if aspect == "occurrence" and c in supported}
    kept_claims = {c for c, e in zip(claims["claim_id"], claims["event_id"]) if c in supported and e in events}

    measures = {m for m, e in zip(data["measure_events"]["measure_id"], data["measure_events"]["event_id"]) if e in events}
    actors = {a for e, a in zip(data["event_actors"]["event_id"], data["event_actors"]["actor_id"]) if e in events}
    actors |= {i for m, i in zip(data["measures"]["measure_id"], data["measures"]["issuer_id"]) if i and m in measures}
    actors = _with_parents(actors, data["actors"], "actor_id", "parent_actor_id")
    companies = {c for e, c in zip(data["event_companies"]["event_id"], data["event_companies"]["company_id"]) if e in events}
    companies |= {c for a, c in zip(data["actors"]["actor_id"], data["actors"]["company_id"]) if c and a in actors}
    companies = _with_parents(companies, data["companies"], "company_id", "parent_company_id")
    places = {p for e, p in zip(data["event_places"]["event_id"], data["event_places"]["place_id"]) if e in events}
    places |= {c for a, c in zip(data["actors"]["actor_id"], data["actors"]["country"]) if a in actors}
    for field in ("country", "hq_place_id"):
        places |= {p for c, p in zip(data["companies"]["company_id"], data["companies"][field]) if p and c in companies}
    places = _with_parents(places, data["places"], "place_id", "parent_place_id")

    kept = {"event_id": events, "related_event_id": events, "claim_id": kept_claims, "source_id": public, "relies_on_id": public,
            "measure_id": measures, "actor_id": actors, "company_id": companies, "place_id": places}  # fmt: skip
    masks = {name: _mask(table, kept) for name, table in data.items()}
    for name, field in (("searches", "searched_on"), ("second_coding", "coded_on"), ("retired_ids", "retired_on")):
        masks[name] = [ok and when <= day for ok, when in zip(masks[name], data[name][field])]

    bounds = Known("events", ((e, (a, b)) for e, a, b in zip(data["events"]["event_id"], data["events"]["date_earliest"], data["events"]["date_latest"])))
    known_stages = {f: [v for v, ok in zip(values, masks["measure_events"]) if ok] for f, values in data["measure_events"].items()}
    status = status_on(stages_in_order(known_stages, bounds), day)
    return Snapshot(masks, status)


def _with_parents(keys: set, table: dict, key: str, parent: str) -> set:
    parent_of = dict(zip(table[key], table[parent]))
    todo = list(keys)
    closed = set()
    while todo:
        one = todo.pop()
        if one and one not in closed:
            closed.add(one)
            todo.append(parent_of.get(one))
    return closed


def _mask(table: dict, kept: dict[str, set]) -> list[bool]:
    """A row stays if every key in it, of its own or to another row, stays. Empty references do not count."""
    size = len(next(iter(table.values())))
    mask = [True] * size
    for field, keys in kept.items():
        if field in table:
            mask = [ok and (value is None or value in keys) for ok, value in zip(mask, table[field])]
    return mask
