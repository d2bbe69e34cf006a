"""Derived facts: origins, confidence, contested, known since when. Computed from the tables, never stored; no pandas is needed.

- A source that rests on nothing else is an *origin*; every other source passes the question on to what it rests on.
- *confidence* of an event looks at the sources that support its occurrence:
  A the acting party's own text in hand, or two or more origins of which one is documentary; B two or more origins; C one
  origin; D no origin that says how it knows. Origins that are aggregators do not count towards A or B.
- An event or claim is *contested* where any source contradicts it.
- *known_on* is the first day on which a supporting source was public: its day of publication, or that of the first dated report that rests
  on it.
- The *status* of a measure on a day is the last of its stages that had surely happened by then; nothing is known of what comes after.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import compress
from typing import ClassVar, NamedTuple

from . import asof
from .errors import DataError, Known
from .schema import Package, package
from .tables import columns, snapshot

GRADES = ("A", "B", "C", "D")
# What a basis says, as bits that can be joined over the claims of one source; a basis that is not listed says no more than that it is stated.
STATED, DOCUMENTARY, OWN_TEXT, DOCUMENT_SEEN = 1, 2, 4, 8
BASIS = {"none_stated": 0, "own_text": STATED | DOCUMENTARY | OWN_TEXT, "document_seen": STATED | DOCUMENTARY | DOCUMENT_SEEN,
         "court_or_registry": STATED | DOCUMENTARY}  # fmt: skip
DOCUMENTARY_TYPES = frozenset({"legal_text", "official_statement", "official_data", "court_record", "filing", "company_statement"})
# The verbs that can be compared; the other codes of modality say something else than how strong a control is.
VERB_STRENGTH = {"advised": 1, "discouraged": 2, "told_to_report": 3, "approval_required": 4, "instructed": 5, "barred": 6}


# How narrowly two bounds can fix a date, the narrowest first, with the most days each allows.
SPANS = {"day": 1, "days": 3, "week": 7, "month": 31, "year": 366}
PRECISIONS = (*SPANS, "longer")


class Derivation:
    """Which source rests on which.

    Parameters
    ----------
    pairs : iterable of (str, str)
        A source and one it rests on.

    Raises
    ------
    DataError
        If the links run in a circle; the message names it.

    Examples
    --------
    >>> graph = Derivation([("S0003", "S0002"), ("S0002", "S0001")])
    >>> graph.origins("S0003"), graph.origins("S0001")
    (('S0001',), ('S0001',))
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]):
        parents: dict[str, tuple[str, ...]] = {}
        alone: dict[str, tuple[str]] = {}
        for child, parent in pairs:
            if child in parents:
                parents[child] = (*parents[child], parent)
            else:
                # Most sources rest on one, and many on the same: they share its tuple.
                parents[child] = alone.get(parent) or alone.setdefault(parent, (parent,))
        self.parents = parents
        self._origins = _origins(parents)

    def origins(self, source: str) -> tuple[str, ...]:
        """The origins of one source, in order of key; a source without links is its own."""
        return self._origins.get(source) or (source,)


def _origins(parents: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Depth first without recursion. Sources with the same origins share one tuple, so a million rewrites cost a million references."""
    known: dict[str, tuple[str, ...]] = {}
    for start in parents:
        if start in known:
            continue
        # Sources that wait for those above them, in the order of the path, each with the parents it has not looked at yet.
        path = {start: iter(parents[start])}
        while path:
            source = next(reversed(path))
            for parent in path[source]:
                if parent in known:
                    continue
                if parent not in parents:
                    known[parent] = (parent,)
                elif parent in path:
                    circle = [*path, parent]
                    circle = circle[circle.index(parent) :]
                    raise DataError(f"source_links: a circle, {' rests on '.join(circle)}; expected links without cycles")
                else:
                    path[parent] = iter(parents[parent])
                    break
            else:
                known[source] = _joined([known[p] for p in parents[source]])
                del path[source]
    return known


def _joined(origins: list[tuple[str, ...]]) -> tuple[str, ...]:
    """All origins in order, each once; the first tuple itself if there is nothing to add."""
    first = origins[0]
    if all(other is first for other in origins):
        return first
    return tuple(sorted(set().union(*origins)))


class Judgement(NamedTuple):
    """What the evidence for one record amounts to.

    Attributes
    ----------
    reports : tuple of str
        Supporting sources.
    origins : tuple of str
        The sources they rest on in the end.
    confidence : str
        A, B, C or D.
    contested : bool
        Whether any source contradicts it.
    known_on : datetime.date or None
        First day on which a public source supported it; None where no day is known.
    """

    reports: tuple[str, ...]
    origins: tuple[str, ...]
    confidence: str
    contested: bool
    known_on: date | None

    @property
    def n_reports(self) -> int:
        """How many sources say it."""
        return len(self.reports)

    @property
    def n_origins(self) -> int:
        """How many independent origins they come from."""
        return len(self.origins)


class Origin(NamedTuple):
    """What the confidence rule asks of one origin."""

    aggregator: bool
    documentary: bool
    states_basis: bool


def grade(origins: Iterable[Origin], own_text: bool) -> str:
    """Confidence from the origins of the supporting sources.

    Parameters
    ----------
    origins : iterable of Origin
    own_text : bool
        Whether the acting party's own text is in hand.

    Returns
    -------
    str
        A, B, C or D.

    Examples
    --------
    >>> grade([Origin(False, False, True), Origin(False, True, True)], own_text=False)
    'A'
    """
    if own_text:
        return "A"
    stated = documentary = False
    grounds = 0
    for origin in origins:
        stated = stated or origin.states_basis
        if not origin.aggregator:
            grounds += 1
            documentary = documentary or origin.documentary
    if not stated:
        return "D"
    if grounds >= 2:
        return "A" if documentary else "B"
    return "C"


class Evidence:
    """The derived facts of one package.

    Parameters
    ----------
    data : dict of str to dict of str to list
        Columns of sources, source_links, claims, claim_sources, and, for measures and dates, of measure_events and events.

    Examples
    --------
    >>> found = Evidence.of().event("E0001")
    >>> found.n_reports >= found.n_origins >= 1
    True
    """

    # What it reads, so that a million rows need not be read whole.
    TABLES: ClassVar = {
        "sources": ("source_id", "published", "source_type", "report_role", "seen"),
        "source_links": ("source_id", "relies_on_id"),
        "claims": ("claim_id", "event_id", "aspect"),
        "claim_sources": ("claim_id", "source_id", "stance", "sourcing_basis"),
        "measure_events": ("measure_id", "event_id", "stage"),
        "events": ("event_id", "date_earliest", "date_latest"),
    }

    def __init__(self, data: dict[str, dict[str, list]]):
        links, sources = data["source_links"], data["sources"]
        self._data = {name: data[name] for name in ("claims", "claim_sources", "measure_events", "events")}
        self.derivation = Derivation(zip(links["source_id"], links["relies_on_id"]))
        self.since = asof.public_since(sources, links)
        # The kinds of sources are few, so that sources of one kind share one tuple.
        kinds: dict[tuple, tuple[bool, bool, bool]] = {}
        self._about = Known("sources", ())
        for source, *kind in zip(sources["source_id"], sources["source_type"], sources["report_role"], sources["seen"]):
            source_type, role, seen = kind = tuple(kind)
            about = kinds.get(kind)
            if about is None:
                about = kinds[kind] = (role == "aggregator", source_type in DOCUMENTARY_TYPES, seen != "cited_only")
            self._about[source] = about

    @classmethod
    def of(cls, source: Package | None = None, as_of: date | None = None) -> "Evidence":
        """The evidence of a package, the installed one by default, as publicly known on a day, today's by default."""
        source = source or package()
        data = {name: columns(name, source, fields) for name, fields in cls.TABLES.items()}
        if as_of is not None:
            masks = snapshot(source, as_of).masks
            data = {name: {f: list(compress(values, masks[name])) for f, values in table.items()} for name, table in data.items()}
        return cls(data)

    def judge(self, record_of: dict[str, str], contested_of: dict[str, str]) -> Iterator[tuple[str, Judgement]]:
        """Judgements of records, each a group of claims.

        Parameters
        ----------
        record_of : dict of str to str
            Claim to the record whose support it is.
        contested_of : dict of str to str
            Claim to the record that a contradiction of it makes contested.

        Yields
        ------
        (str, Judgement)
            One for each record with at least one supporting source, in the order in which their support is found.
        """
        backing = self._data["claim_sources"]
        # Source and basis in turn, in one list a record: a tuple for each pair would take three times the memory.
        support: dict[str, list] = {}
        contested = set()
        for claim, source, stance, basis in zip(backing["claim_id"], backing["source_id"], backing["stance"], backing["sourcing_basis"]):
            if stance == "supports":
                record = record_of.get(claim)
                if record is None:
                    continue
                pairs = support.get(record)
                if pairs is None:
                    support[record] = [source, BASIS.get(basis, STATED)]
                else:
                    pairs += (source, BASIS.get(basis, STATED))
            elif claim in contested_of:
                contested.add(contested_of[claim])
        # What has been judged is let go, so that groups and judgements do not add up.
        for record in list(support):
            yield record, self._judgement(support.pop(record), record in contested)

    def _judgement(self, pairs: list, contested: bool) -> Judgement:
        bases: dict[str, int] = {}
        for source, basis in zip(pairs[::2], pairs[1::2]):
            bases[source] = bases.get(source, 0) | basis
        origins = _joined([self.derivation.origins(source) for source in bases])
        return Judgement(
            reports=tuple(sorted(bases)),
            origins=origins,
            confidence=grade([self._origin(o, bases.get(o)) for o in origins], self._own_text(bases)),
            contested=contested,
            known_on=min([day for day in map(self.since.get, bases) if day], default=None),
        )

    def _origin(self, source: str, basis: int | None) -> Origin:
        aggregator, documentary, _ = self._about[source]
        if basis is None:
            # Reached only through others, who name it as their ground: what it is decides.
            return Origin(aggregator, documentary, states_basis=True)
        return Origin(aggregator, basis & DOCUMENTARY > 0, basis > 0)

    def _own_text(self, bases: dict[str, int]) -> bool:
        """Read for this dataset, or by a source that had it before it and is itself in the data as resting on it."""
        own = [s for s, basis in bases.items() if basis & OWN_TEXT]
        if not own:
            return False
        if any(self._about[s][2] for s in own):
            return True
        return any(not set(own).isdisjoint(self.derivation.origins(s)) for s, basis in bases.items() if basis & DOCUMENT_SEEN)

    def events(self) -> dict[str, Judgement]:
        """Judgement of every event: support is counted on its occurrence claims, contradiction on any of its claims."""
        claims = self._data["claims"]
        every = dict(zip(claims["claim_id"], claims["event_id"]))
        occurrence = {c: e for c, e, aspect in zip(claims["claim_id"], claims["event_id"], claims["aspect"]) if aspect == "occurrence"}
        return dict(self.judge(occurrence, every))

    def claims(self) -> dict[str, Judgement]:
        """Judgement of every claim that a source supports."""
        own = {c: c for c in self._data["claims"]["claim_id"]}
        return dict(self.judge(own, own))

    def event(self, event_id: str) -> Judgement:
        """Judgement of one event."""
        claims = self._data["claims"]
        every = {c: e for c, e in zip(claims["claim_id"], claims["event_id"]) if e == event_id}
        occurrence = {c: e for c, e, aspect in zip(claims["claim_id"], claims["event_id"], claims["aspect"]) if aspect == "occurrence" and e == event_id}
        judged = dict(self.judge(occurrence, every)).get(event_id)
        if judged is None:
            raise DataError(f"{event_id}: no source supports that it occurred. Run 'china-ai-controls validate' to see all problems")
        return judged

    def lives(self) -> dict[str, list[tuple[date, str, str]]]:
        """Stages of every measure in order of time, each as (day by which it had happened, stage, event)."""
        dates = self._data["events"]
        bounds = Known("events", ((e, (a, b)) for e, a, b in zip(dates["event_id"], dates["date_earliest"], dates["date_latest"])))
        return asof.stages_in_order(self._data["measure_events"], bounds)

    def measures(self, day: date) -> dict[str, str | None]:
        """Status of every measure on a day: the last stage that had surely happened by then, None before the first."""
        return asof.status_on(self.lives(), day)


def date_precision(earliest: date, latest: date) -> str:
    """How narrowly two bounds fix a date: day, days (up to 3), week (7), month (31), year (366), longer.

    Examples
    --------
    >>> date_precision(date(2025, 3, 1), date(2025, 3, 31))
    'month'
    """
    span = (latest - earliest).days + 1
    return next((name for name, limit in SPANS.items() if span <= limit), PRECISIONS[-1])


def derived(kind: str, source: Package | None = None, as_of: date | None = None):
    """Derived facts of all events or all claims as a DataFrame.

    Parameters
    ----------
    kind : str
        ``"events"`` or ``"claims"``.
    source : Package, optional
    as_of : datetime.date, optional

    Returns
    -------
    pandas.DataFrame
        One row per record: its key, n_reports, n_origins, origins (joined by spaces), confidence, contested, known_on;
        for events date_precision too.

    Examples
    --------
    >>> derived("events").loc[0, "event_id"]
    'E0001'
    """
    import pandas

    found = Evidence.of(source, as_of)
    judged = found.events() if kind == "events" else found.claims()
    key = {"events": "event_id", "claims": "claim_id"}[kind]
    order = sorted(judged)
    out = pandas.DataFrame(
        {
            key: order,
            "n_reports": [judged[r].n_reports for r in order],
            "n_origins": [judged[r].n_origins for r in order],
            "origins": [" ".join(judged[r].origins) for r in order],
            "confidence": pandas.Categorical([judged[r].confidence for r in order], categories=GRADES, ordered=True),
            "contested": [judged[r].contested for r in order],
            "known_on": pandas.to_datetime([judged[r].known_on for r in order]),
        }
    )
    if kind == "events":
        data = columns("events", source)
        precision = {e: date_precision(a, b) for e, a, b in zip(data["event_id"], data["date_earliest"], data["date_latest"])}
        out["date_precision"] = out["event_id"].map(precision)
    return out


def verb_drift(source: Package | None = None):
    """For each link between two reports of one claim, whether the derived one uses a stronger verb.

    Returns
    -------
    pandas.DataFrame
        One row per claim and derived source: claim_id, source_id, relies_on_id (the nearest source above it that gives a
        verb for the same claim), modality, modality_above, change (stronger, weaker, same, not_comparable).

    Examples
    --------
    >>> set(verb_drift()["change"]) <= {"stronger", "weaker", "same", "not_comparable"}
    True
    """
    import pandas

    links, backing = columns("source_links", source), columns("claim_sources", source)
    graph = Derivation(zip(links["source_id"], links["relies_on_id"]))
    verbs: dict[str, dict[str, str]] = {}
    for claim, one, verb in zip(backing["claim_id"], backing["source_id"], backing["modality"]):
        if verb:
            verbs.setdefault(claim, {})[one] = verb
    drift = []
    for claim, by_source in verbs.items():
        for one, verb in by_source.items():
            for above in _nearest_with_verb(one, by_source, graph.parents):
                drift.append((claim, one, above, verb, by_source[above], _change(verb, by_source[above])))
    return pandas.DataFrame(drift, columns=["claim_id", "source_id", "relies_on_id", "modality", "modality_above", "change"])


def drift_summary(drift):
    """How often a derived report keeps, strengthens or weakens the verb of what it rests on.

    Parameters
    ----------
    drift : pandas.DataFrame
        What `verb_drift` gives, or some of its rows.

    Returns
    -------
    pandas.DataFrame
        One row per verb of the report above, in order of strength, one column per verb of the derived report, in the same
        order; the cells count links. On the diagonal the verb was kept; right of it stands a stronger one.

    Examples
    --------
    >>> int(drift_summary(verb_drift()).to_numpy().sum()) == len(verb_drift())
    True
    """
    import pandas

    counts = pandas.crosstab(drift["modality_above"], drift["modality"])
    others = sorted({*counts.index, *counts.columns} - VERB_STRENGTH.keys())
    order = [v for v in (*VERB_STRENGTH, *others) if v in counts.index or v in counts.columns]
    return counts.reindex(index=order, columns=order, fill_value=0)


def _nearest_with_verb(source: str, verbs: dict[str, str], parents: dict[str, tuple[str, ...]]) -> list[str]:
    found, todo, seen = [], list(parents.get(source, ())), set()
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in verbs:
            found.append(one)
        else:
            todo += parents.get(one, ())
    return sorted(found)


def _change(verb: str, above: str) -> str:
    if verb not in VERB_STRENGTH or above not in VERB_STRENGTH:
        return "same" if verb == above else "not_comparable"
    difference = VERB_STRENGTH[verb] - VERB_STRENGTH[above]
    return "stronger" if difference > 0 else "weaker" if difference < 0 else "same"
