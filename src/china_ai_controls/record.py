"""One record on one screen: what is said, by how many, resting on whom, known since when, contradicted by whom."""

import html
import textwrap
from dataclasses import dataclass, field

from .errors import UnknownNameError
from .evidence import Evidence, Judgement, date_precision
from .schema import Package, package
from .tables import as_date, columns, rows

WIDTH = 100


@dataclass
class Node:
    """A line of the screen and what hangs under it."""

    text: str
    children: list["Node"] = field(default_factory=list)

    def add(self, text: str) -> "Node":
        """Hang a new line under this one and return it."""
        node = Node(text)
        self.children.append(node)
        return node


class RecordEvidence:
    """A record with its evidence. Prints as text; in a notebook it shows as HTML.

    Attributes
    ----------
    record_id : str
    tree : Node
        What is shown.
    judgement : Judgement or None
        The derived facts, for events and claims.
    """

    def __init__(self, record_id: str, tree: Node, judgement: Judgement | None = None):
        self.record_id = record_id
        self.tree = tree
        self.judgement = judgement

    def __str__(self) -> str:
        return "\n".join(_lines(self.tree, "", ""))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<div style="max-width:60em">{_html(self.tree, top=True)}</div>'


# A control character in a cell could drive the terminal that prints it.
def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _lines(node: Node, first: str, rest: str):
    width = max(WIDTH - len(rest), 40)
    wrapped = textwrap.wrap(_printable(node.text), width) or [""]
    yield first + wrapped[0]
    bar = "│  " if node.children else "   "
    for line in wrapped[1:]:
        yield rest + (bar if node.children else "") + line
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        yield from _lines(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))


def _html(node: Node, top: bool = False) -> str:
    text = html.escape(_printable(node.text))
    if not node.children:
        return f"<span>{text}</span>"
    inside = "".join(f"<li>{_html(c)}</li>" for c in node.children)
    if top:
        return f"<strong>{text}</strong><ul>{inside}</ul>"
    # Long lists start closed, so that the answer is on the first screen.
    opened = "" if len(node.children) > 12 else " open"
    return f"<details{opened}><summary>{text}</summary><ul>{inside}</ul></details>"


def evidence(record_id: str, as_of=None, source: Package | None = None) -> RecordEvidence:
    """One record with its evidence: claims, sources, and what rests on what.

    Parameters
    ----------
    record_id : str
        Key of an event (E), claim (K), measure (M), actor (A), company (C) or source (S).
    as_of : str or datetime.date, optional
        Show only what was publicly known on that day.
    source : Package, optional
        Another package of the same shape; the installed one by default.

    Returns
    -------
    RecordEvidence
        Prints as a tree; shows as HTML in a notebook.

    Raises
    ------
    UnknownNameError
        If there is no such key; the message names the nearest.
    BadDateError
        If `as_of` is no date.

    Examples
    --------
    >>> evidence("E0001").record_id
    'E0001'
    """
    view = _View(source or package(), None if as_of is None else as_date(as_of))
    for table, show in view.shown.items():
        key = view.package.table(table).primary_key[0]
        if record_id in view.index(table, key):
            return show(record_id)
    keys = [k for table in view.shown for k in view.index(table, view.package.table(table).primary_key[0])]
    raise UnknownNameError("key" if view.day is None else f"key (as known on {view.day})", record_id, keys)


class _View:
    """Rows looked up by key, read when needed."""

    def __init__(self, source: Package, day):
        self.package, self.day = source, day
        self.found = Evidence.of(source, day)
        self._masks = None
        if day is not None:
            from .asof import snapshot

            self._masks = snapshot({n: columns(n, source) for n in source.tables}, day).masks
        self._rows, self._indexes = {}, {}
        self.shown = {
            "events": self.event,
            "claims": self.claim,
            "measures": self.measure,
            "actors": self.actor,
            "companies": self.company,
            "sources": self.source,
        }

    def rows(self, table: str) -> list[dict]:
        if table not in self._rows:
            found = rows(table, self.package)
            self._rows[table] = found if self._masks is None else [r for r, ok in zip(found, self._masks[table]) if ok]
        return self._rows[table]

    def index(self, table: str, key: str) -> dict[str, list[dict]]:
        if (table, key) not in self._indexes:
            index = self._indexes[table, key] = {}
            for row in self.rows(table):
                index.setdefault(row[key], []).append(row)
        return self._indexes[table, key]

    def of(self, table: str, key: str, value: str) -> list[dict]:
        return self.index(table, key).get(value, [])

    def one(self, table: str, key: str, value: str) -> dict:
        return self.index(table, key)[value][0]

    def event(self, event_id: str) -> RecordEvidence:
        event, judged = self.one("events", "event_id", event_id), self.found.event(event_id)
        top = Node(f"{event_id}  {event['title']}")
        top.add(f"{when(event)}  ·  {event['event_type']}  ·  {event['direction']}  ·  {event['side']}")
        top.add(event["summary"])
        if event["note"]:
            top.add(f"Note: {event['note']}")
        self._verdict(top, judged)
        for role, names in self._roles(event_id):
            top.add(f"{role}: {'; '.join(names)}")
        claims = top.add("Claims")
        for claim in self.of("claims", "event_id", event_id):
            self._claim(claims, claim)
        tree = top.add(f"What rests on what: {counted(judged.n_reports, 'report')}, {counted(judged.n_origins, 'origin')}")
        self._derivation(tree, judged)
        for measure in self.of("measure_events", "event_id", event_id):
            top.add(f"Stage of {measure['measure_id']} {self.one('measures', 'measure_id', measure['measure_id'])['title']}: {measure['stage']}")
        for relation in self.of("event_relations", "event_id", event_id):
            other = self.one("events", "event_id", relation["related_event_id"])
            top.add(f"{relation['relation']} {other['event_id']} {other['title']} (on the word of: {relation['asserted_by']})")
        return RecordEvidence(event_id, top, judged)

    def _verdict(self, top: Node, judged: Judgement) -> None:
        known = judged.known_on.isoformat() if judged.known_on else "an unknown day"
        top.add(
            f"Confidence {judged.confidence}: {counted(judged.n_reports, 'report')} from {counted(judged.n_origins, 'origin')}"
            f" ({'; '.join(self._source_name(o) for o in judged.origins[:4])}{'; ...' if judged.n_origins > 4 else ''})"
            f"; publicly known since {known}; {'contested' if judged.contested else 'not contested'}"
        )

    def _roles(self, event_id: str):
        named: dict[str, list[str]] = {}
        for table, other, key in (("event_actors", "actors", "actor_id"), ("event_companies", "companies", "company_id"), ("event_places", "places", "place_id")):
            for row in self.of(table, "event_id", event_id):
                named.setdefault(f"{self.package.table(other).title}, {row['role']}", []).append(self.one(other, key, row[key])["name"])
        return named.items()

    def _claim(self, parent: Node, claim: dict) -> None:
        node = parent.add(f"{claim['claim_id']} [{claim['aspect']}] {claim['statement']}")
        for stance in ("supports", "contradicts"):
            backing = [b for b in self.of("claim_sources", "claim_id", claim["claim_id"]) if b["stance"] == stance]
            for b in sorted(backing, key=lambda b: self._published(b["source_id"])):
                verb = f", {b['modality']}" if b["modality"] else ""
                note = f" ({b['note']})" if b["note"] else ""
                node.add(f"{stance}: {self._source_name(b['source_id'])} [{b['sourcing_basis']}{verb}]{note}")

    def _published(self, source_id: str):
        return (str(self.one("sources", "source_id", source_id)["published"] or "9999"), source_id)

    def _source_name(self, source_id: str) -> str:
        source = self.one("sources", "source_id", source_id)
        return f"{source_id} {source['publisher']}, {source['published'] or 'undated'}"

    def _derivation(self, tree: Node, judged: Judgement) -> None:
        """The supporting sources as a tree from their origins down."""
        below: dict[str, list[str]] = {}
        todo, seen = list(judged.reports), set()
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                for above in self.found.derivation.parents.get(one, ()):
                    below.setdefault(above, []).append(one)
                    todo.append(above)

        def hang(node: Node, source_id: str) -> None:
            source = self.one("sources", "source_id", source_id)
            child = node.add(f"{self._source_name(source_id)} ({source['language']}, {source['report_role']}, {source['seen']}): {source['title']}")
            for other in sorted(below.get(source_id, ()), key=self._published):
                hang(child, other)

        for origin in judged.origins:
            hang(tree, origin)

    def claim(self, claim_id: str) -> RecordEvidence:
        claim = self.one("claims", "claim_id", claim_id)
        event = self.one("events", "event_id", claim["event_id"])
        judged = self.found.claims().get(claim_id)
        top = Node(f"{claim_id}  {claim['statement']}")
        top.add(f"{claim['aspect']} of {event['event_id']} {event['title']} ({when(event)})")
        if judged:
            self._verdict(top, judged)
            self._claim(top, claim)
            self._derivation(top.add("What rests on what"), judged)
        else:
            top.add("No source supports it; those below contradict it")
            self._claim(top, claim)
        return RecordEvidence(claim_id, top, judged)

    def measure(self, measure_id: str) -> RecordEvidence:
        measure = self.one("measures", "measure_id", measure_id)
        top = Node(f"{measure_id}  {measure['title']}")
        top.add(measure["description"])
        top.add(
            f"{measure['domain']}  ·  {measure['side']}  ·  {measure['formality']}  ·  restrictiveness {measure['restrictiveness']}"
            f"  ·  {measure['scope']}  ·  {measure['attribution']}"
        )
        if measure["issuer_id"]:
            top.add(f"Issuer: {self.one('actors', 'actor_id', measure['issuer_id'])['name']}")
        if measure["legal_reference"]:
            top.add(f"Legal reference: {measure['legal_reference']}")
        if measure["note"]:
            top.add(f"Note: {measure['note']}")
        stages = top.add("Stages")
        events = [(self.one("events", "event_id", s["event_id"]), s["stage"]) for s in self.of("measure_events", "measure_id", measure_id)]
        for event, stage in sorted(events, key=lambda pair: (pair[0]["date_latest"], pair[0]["event_id"])):
            self._event_line(stages, event, stage)
        searches = self.of("searches", "measure_id", measure_id)
        if searches:
            node = top.add(f"Searches for a text or confirmation: {len(searches)}")
            for search in searches:
                node.add(f"{search['search_id']} [{search['language']}] {search['query']}: {search['note'] or 'no note'}")
        return RecordEvidence(measure_id, top)

    def _event_line(self, node: Node, event: dict, what: str) -> None:
        judged = self.found.event(event["event_id"])
        node.add(
            f"{when(event)}  {what}  {event['event_id']} {event['title']} (confidence {judged.confidence}: {counted(judged.n_reports, 'report')}, "
            f"{counted(judged.n_origins, 'origin')}{', contested' if judged.contested else ''})"
        )

    def actor(self, actor_id: str) -> RecordEvidence:
        actor = self.one("actors", "actor_id", actor_id)
        top = self._named(actor_id, actor, f"{actor['actor_type']}  ·  {actor['country']}  ·  {actor['role']}")
        return self._events_of(top, "event_actors", "actor_id", actor_id)

    def company(self, company_id: str) -> RecordEvidence:
        company = self.one("companies", "company_id", company_id)
        seat = ", ".join(str(v) for v in (company["hq_city"], company["country"]) if v)
        founded = f"  ·  founded {company['founded_year']}" if company["founded_year"] else ""
        top = self._named(company_id, company, f"{company['sector']}  ·  {seat}{founded}")
        return self._events_of(top, "event_companies", "company_id", company_id)

    def _named(self, key: str, row: dict, about: str) -> Node:
        top = Node(f"{key}  {' / '.join(n for n in (row['name'], row['name_zh'], row['name_ar']) if n)}")
        top.add(about)
        for field_name in ("aliases", "note"):
            if row[field_name]:
                top.add(f"{field_name.capitalize()}: {row[field_name]}")
        return top

    def _events_of(self, top: Node, table: str, key: str, value: str) -> RecordEvidence:
        links = [(self.one("events", "event_id", r["event_id"]), r["role"]) for r in self.of(table, key, value)]
        node = top.add(f"Events: {len(links)}")
        for event, role in sorted(links, key=lambda pair: (pair[0]["date_earliest"], pair[0]["event_id"])):
            self._event_line(node, event, role)
        return RecordEvidence(value, top)

    def source(self, source_id: str) -> RecordEvidence:
        source = self.one("sources", "source_id", source_id)
        top = Node(f"{source_id}  {source['title']}")
        top.add(f"{source['publisher']}, {source['published'] or 'undated'}  ·  {source['language']}  ·  {source['source_type']}  ·  {source['report_role']}  ·  {source['seen']}")
        for field_name in ("url", "author", "note"):
            if source[field_name]:
                top.add(f"{field_name.capitalize()}: {source[field_name]}")
        above = top.add(f"Rests on: {', '.join(self._source_name(o) for o in self.found.derivation.origins(source_id))}" if source_id in self.found.derivation.parents else "Rests on no other source: an origin")
        for link in self.of("source_links", "source_id", source_id):
            above.add(f"{link['relation']} {self._source_name(link['relies_on_id'])} ({link['link_evidence']})")
        backed = self.of("claim_sources", "source_id", source_id)
        node = top.add(f"Claims: {len(backed)}")
        for b in backed:
            claim = self.one("claims", "claim_id", b["claim_id"])
            node.add(f"{b['stance']} {claim['claim_id']} ({claim['event_id']}) {claim['statement']}")
        return RecordEvidence(source_id, top)


def when(event: dict) -> str:
    """The date of an event as a reader would write it: a day, or bounds and how narrow they are.

    Examples
    --------
    >>> from datetime import date
    >>> when({"date_earliest": date(2025, 3, 1), "date_latest": date(2025, 3, 31)})
    '2025-03-01 to 2025-03-31 (month)'
    """
    earliest, latest = event["date_earliest"], event["date_latest"]
    return f"{earliest}" if earliest == latest else f"{earliest} to {latest} ({date_precision(earliest, latest)})"


def counted(number: int, word: str) -> str:
    """A number with its noun, such as '1 origin' or '3 origins'."""
    return f"{number} {word}{'' if number == 1 else 's'}"
