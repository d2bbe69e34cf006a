"""One record on one screen: what is said, by how many, resting on whom, known since when, contradicted by whom."""

import html
from collections import Counter
from collections.abc import Callable

from .errors import UnknownNameError
from .evidence import Evidence, Judgement, date_precision
from .lookup import Lookup
from .plain import counted, printable, wrapped
from .schema import Package, package
from .tables import as_date

WIDTH = 100
# Of origins and contradictions that many events share, so many are listed; the events have the rest.
LISTED = 10


class Node:
    """A line of the screen and what hangs under it; a heading is one of the answers."""

    def __init__(self, text: str, heading: bool = False):
        self.text, self.heading = text, heading
        self.children: list[Node] = []

    def add(self, text: str, heading: bool = False) -> "Node":
        """Hang a new line under this one and return it."""
        node = Node(text, heading=heading)
        self.children.append(node)
        return node


class RecordEvidence:
    """A record with its evidence. Prints as text; in a notebook it shows as HTML, and rich prints it with colours.

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

    def text(self, width: int = WIDTH) -> str:
        """The record as plain text in lines of at most `width` columns."""
        return "\n".join(_lines(self.tree, "", "", width))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<div style="max-width:60em">{_html(self.tree, top=True)}</div>'

    def __rich__(self):
        from rich.tree import Tree

        tree = Tree(_rich(self.tree, "bold"), guide_style="dim")
        _grow(tree, self.tree)
        return tree


def _lines(node: Node, first: str, rest: str, width: int):
    bar = "│  " if node.children else ""
    # Deep in a tree some room is left for words, even if the line is then too long.
    lines = wrapped(printable(node.text), max(width - len(rest) - len(bar), 20))
    yield first + lines[0]
    for line in lines[1:]:
        yield rest + bar + line
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        yield from _lines(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), width)


def _html(node: Node, top: bool = False) -> str:
    text = html.escape(printable(node.text))
    if top or node.heading:
        text = f"<strong>{text}</strong>"
    if not node.children:
        return f"<span>{text}</span>"
    inside = "".join(f"<li>{_html(c)}</li>" for c in node.children)
    if top:
        return f"{text}<ul>{inside}</ul>"
    # Long lists start closed, so that the answer is on the first screen.
    opened = "" if len(node.children) > 12 else " open"
    return f"<details{opened}><summary>{text}</summary><ul>{inside}</ul></details>"


def _rich(node: Node, style: str):
    """A line for rich. It is never read as markup, so that brackets in a cell stay brackets."""
    from rich.text import Text

    text = Text(printable(node.text), style)
    text.highlight_regex(r"\b[EACKMS][0-9]{4,}\b", "cyan")
    text.highlight_regex(r"(?<!not )(?<!\b0 )\bcontested\b|\bcontradicts\b", "bold red")
    return text


def _grow(branch, node: Node) -> None:
    for child in node.children:
        _grow(branch.add(_rich(child, "bold" if child.heading else "")), child)


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
    keys = {table: view.package.table(table).primary_key[0] for table in view.shown}
    for table, show in view.shown.items():
        if isinstance(record_id, str) and record_id in view.places(table, keys[table]):
            return show(record_id)
    known = [k for table, key in keys.items() for k in view.places(table, key)]
    raise UnknownNameError("key" if view.day is None else f"key (as known on {view.day})", record_id, known)


class _View(Lookup):
    """The screens of one package."""

    @property
    def shown(self) -> dict[str, Callable[[str], RecordEvidence]]:
        """What can be shown, and by what."""
        return {
            "events": self.event,
            "claims": self.claim,
            "measures": self.measure,
            "actors": self.actor,
            "companies": self.company,
            "sources": self.source,
        }

    def event(self, event_id: str) -> RecordEvidence:
        event, claims = self.one("events", "event_id", event_id), self.of("claims", "event_id", event_id)
        found = self.evidence(c["claim_id"] for c in claims)
        judged = found.event(event_id)
        top, said = self._opened(event_id, event["title"])
        said.add(f"{when(event)}  ·  {event['event_type']}  ·  {event['direction']}  ·  {event['side']}")
        said.add(event["summary"])
        if event["note"]:
            said.add(f"Note: {event['note']}")
        for role, names in self._roles(event_id):
            said.add(f"{role}: {'; '.join(names)}")
        node = said.add(f"{counted(len(claims), 'claim')}; the sources of one with their verbs: show its key")
        own = {c["claim_id"]: c["claim_id"] for c in claims}
        support = dict(found.judge(own, own))
        for claim in claims:
            node.add(f"{claim['claim_id']} [{claim['aspect']}] {claim['statement']} ({_support(support.get(claim['claim_id']))})")
        for measure in self.of("measure_events", "event_id", event_id):
            said.add(f"Stage of {measure['measure_id']} {self.one('measures', 'measure_id', measure['measure_id'])['title']}: {measure['stage']}")
        for relation in self.of("event_relations", "event_id", event_id):
            other = self.one("events", "event_id", relation["related_event_id"])
            said.add(f"{relation['relation']} {other['event_id']} {other['title']} (on the word of: {relation['asserted_by']})")
        top.add(f"By how many: {_support(judged)}", heading=True)
        self._derivation(top, found, judged)
        self._known_and_contradicted(top, judged.known_on, list(own))
        return RecordEvidence(event_id, top, judged)

    def _opened(self, key: str, title: str) -> tuple[Node, Node]:
        """The top of a screen and the first of its answers."""
        top = Node(f"{key}  {title}")
        if self.day is not None:
            top.add(f"As publicly known on {self.day}; titles, summaries and notes are later words of the coders")
        return top, top.add("What is said", heading=True)

    def _known_and_contradicted(self, top: Node, known_on, claims: list[str], limit: int | None = None) -> None:
        """The last two answers: since when it is known, and who says otherwise."""
        top.add(f"Publicly known since {known_on or 'an unknown day'}", heading=True)
        against = [b for claim in claims for b in self.of("claim_sources", "claim_id", claim) if b["stance"] == "contradicts"]
        if not against:
            top.add("Contradicted by no source in the data", heading=True)
            return
        node = top.add(f"Contradicted by {counted(len({b['source_id'] for b in against}), 'source')}", heading=True)
        for b in against[:limit]:
            node.add(f"{b['claim_id']} {self._backing(b)}")
        if len(against) > len(node.children):
            node.add(f"and {len(against) - len(node.children)} more, under the events")

    def _backing(self, b: dict) -> str:
        verb = f", {b['modality']}" if b["modality"] else ""
        note = f" ({b['note']})" if b["note"] else ""
        return f"{b['stance']}: {self._source_name(b['source_id'])} [{b['sourcing_basis']}{verb}]{note}"

    def _roles(self, event_id: str):
        named: dict[str, list[str]] = {}
        for table, other, key in (
            ("event_actors", "actors", "actor_id"),
            ("event_companies", "companies", "company_id"),
            ("event_places", "places", "place_id"),
        ):
            for row in self.of(table, "event_id", event_id):
                named.setdefault(f"{self.package.table(other).title}, {row['role']}", []).append(self.one(other, key, row[key])["name"])
        return named.items()

    def _published(self, source_id: str):
        return (str(self.one("sources", "source_id", source_id)["published"] or "9999"), source_id)

    def _source_name(self, source_id: str) -> str:
        source = self.one("sources", "source_id", source_id)
        return f"{source_id} {source['publisher']}, {source['published'] or 'undated'}"

    def _derivation(self, top: Node, found: Evidence, judged: Judgement) -> None:
        """The supporting sources as a tree from their origins down; a source with two parents is shown under the first."""
        tree = top.add(f"What rests on what: {counted(judged.n_reports, 'report')} on {counted(judged.n_origins, 'origin')}", heading=True)
        below: dict[str, list[str]] = {}
        todo, seen = list(judged.reports), set()
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                for above in found.derivation.parents.get(one, ()):
                    below.setdefault(above, []).append(one)
                    todo.append(above)
        shown = set()

        def hang(node: Node, source_id: str) -> None:
            if source_id in shown:
                node.add(f"{self._source_name(source_id)}: see above")
                return
            shown.add(source_id)
            child = node.add(self._source_line(source_id))
            for other in sorted(below.get(source_id, ()), key=self._published):
                hang(child, other)

        for origin in judged.origins:
            hang(tree, origin)

    def _source_line(self, source_id: str) -> str:
        source = self.one("sources", "source_id", source_id)
        return f"{self._source_name(source_id)} ({source['language']}, {source['report_role']}, {source['seen']}): {source['title']}"

    def claim(self, claim_id: str) -> RecordEvidence:
        claim = self.one("claims", "claim_id", claim_id)
        event = self.one("events", "event_id", claim["event_id"])
        found = self.evidence([claim_id])
        judged = dict(found.judge({claim_id: claim_id}, {claim_id: claim_id})).get(claim_id)
        top, said = self._opened(claim_id, claim["statement"])
        said.add(f"{claim['aspect']} of {event['event_id']} {event['title']} ({when(event)})")
        node = top.add(f"By how many: {_support(judged)}", heading=True)
        supporting = [b for b in self.of("claim_sources", "claim_id", claim_id) if b["stance"] == "supports"]
        for b in sorted(supporting, key=lambda b: self._published(b["source_id"])):
            node.add(self._backing(b))
        if judged:
            self._derivation(top, found, judged)
        self._known_and_contradicted(top, judged and judged.known_on, [claim_id])
        return RecordEvidence(claim_id, top, judged)

    def measure(self, measure_id: str) -> RecordEvidence:
        measure = self.one("measures", "measure_id", measure_id)
        top, said = self._opened(measure_id, measure["title"])
        said.add(measure["description"])
        said.add(
            f"{measure['domain']}  ·  {measure['side']}  ·  {measure['formality']}  ·  restrictiveness {measure['restrictiveness']}"
            f"  ·  {measure['scope']}  ·  {measure['attribution']}"
        )
        if measure["issuer_id"]:
            said.add(f"Issuer: {self.one('actors', 'actor_id', measure['issuer_id'])['name']}")
        if measure["legal_reference"]:
            said.add(f"Legal reference: {measure['legal_reference']}")
        if measure["note"]:
            said.add(f"Note: {measure['note']}")
        stages = [(self.one("events", "event_id", s["event_id"]), s["stage"]) for s in self.of("measure_events", "measure_id", measure_id)]
        self._events(top, said, "Stages", sorted(stages, key=lambda pair: (pair[0]["date_latest"], pair[0]["event_id"])))
        searches = self.of("searches", "measure_id", measure_id)
        if searches:
            node = top.add(f"Searches for a text or confirmation: {len(searches)}")
            for search in searches:
                node.add(f"{search['search_id']} [{search['language']}] {search['query']}: {search['note'] or 'no note'}")
        return RecordEvidence(measure_id, top)

    def _events(self, top: Node, said: Node, what: str, events: list[tuple[dict, str]]) -> None:
        """The answers for a record that stands on several events, each with the word that links it to them."""
        claims = [c for event_id in dict.fromkeys(e["event_id"] for e, _ in events) for c in self.of("claims", "event_id", event_id)]
        every = {c["claim_id"]: c["event_id"] for c in claims}
        judged = dict(self.evidence(every).judge({c["claim_id"]: c["event_id"] for c in claims if c["aspect"] == "occurrence"}, every))
        node = said.add(f"{what}: {len(events)}")
        for event, word in events:
            node.add(f"{when(event)}  {word}  {event['event_id']} {event['title']} ({_support(judged.get(event['event_id']))})")
        reports = {r for j in judged.values() for r in j.reports}
        origins = Counter(o for j in judged.values() for o in j.origins)
        known = min((j.known_on for j in judged.values() if j.known_on), default=None)
        contested, single = sum(j.contested for j in judged.values()), sum(j.n_origins == 1 for j in judged.values())
        # The summary stands first: who reads one line only should read this one.
        top.children.insert(
            top.children.index(said),
            Node(
                f"{counted(len(judged), 'event')}: {contested} contested, {single} resting on one origin; known since {known or 'an unknown day'}", heading=True
            ),
        )
        top.add(f"By how many: {counted(len(reports), 'report')} from {counted(len(origins), 'origin')}", heading=True)
        rests = top.add("Resting on whom: origins, and how many of the events rest on each", heading=True)
        ranked = sorted(origins, key=lambda o: (-origins[o], self._published(o)))
        for origin in ranked[:LISTED]:
            rests.add(f"{counted(origins[origin], 'event')}: {self._source_line(origin)}")
        if len(ranked) > LISTED:
            rests.add(f"and {counted(len(ranked) - LISTED, 'origin')} more, under the events")
        self._known_and_contradicted(top, known, list(every), LISTED)

    def actor(self, actor_id: str) -> RecordEvidence:
        actor = self.one("actors", "actor_id", actor_id)
        return self._named("event_actors", "actor_id", actor, f"{actor['actor_type']}  ·  {actor['country']}  ·  {actor['role']}")

    def company(self, company_id: str) -> RecordEvidence:
        company = self.one("companies", "company_id", company_id)
        seat = ", ".join(str(v) for v in (company["hq_city"], company["country"]) if v)
        founded = f"  ·  founded {company['founded_year']}" if company["founded_year"] else ""
        return self._named("event_companies", "company_id", company, f"{company['sector']}  ·  {seat}{founded}")

    def _named(self, table: str, key: str, row: dict, about: str) -> RecordEvidence:
        top, said = self._opened(row[key], " / ".join(n for n in (row["name"], row["name_zh"], row["name_ar"]) if n))
        said.add(about)
        for field_name in ("aliases", "note"):
            if row[field_name]:
                said.add(f"{field_name.capitalize()}: {row[field_name]}")
        events = [(self.one("events", "event_id", r["event_id"]), r["role"]) for r in self.of(table, key, row[key])]
        self._events(top, said, "Events", sorted(events, key=lambda pair: (pair[0]["date_earliest"], pair[0]["event_id"])))
        return RecordEvidence(row[key], top)

    def source(self, source_id: str) -> RecordEvidence:
        source = self.one("sources", "source_id", source_id)
        top = Node(f"{source_id}  {source['title']}")
        placed = (source[f] for f in ("language", "source_type", "report_role", "seen"))
        top.add("  ·  ".join([f"{source['publisher']}, {source['published'] or 'undated'}", *placed]))
        for field_name in ("url", "author", "note"):
            if source[field_name]:
                top.add(f"{field_name.capitalize()}: {source[field_name]}")
        derivation = self.evidence([]).derivation
        above = top.add(
            f"Rests on: {', '.join(self._source_name(o) for o in derivation.origins(source_id))}"
            if source_id in derivation.parents
            else "Rests on no other source: an origin"
        )
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


def _support(judged: Judgement | None) -> str:
    if judged is None:
        return "no source supports it"
    contested = "contested" if judged.contested else "not contested"
    return f"{counted(judged.n_reports, 'report')} from {counted(judged.n_origins, 'origin')}; confidence {judged.confidence}; {contested}"
