"""The seed article, assertion by assertion, against the evidence; and the reports of the guidance against their origins."""

from dataclasses import dataclass

import pandas

from ..evidence import VERB_STRENGTH, Derivation, derived, verb_drift
from ..tables import load
from . import figures
from .findings import Finding

# The article the dataset starts from, and the event it is about. Keys are stable, so they may be named.
ARTICLE = "S2131"
GUIDANCE = "E0001"
LANGUAGES = {"en": "English", "ar": "Arabic", "zh": "Chinese"}


@dataclass(frozen=True)
class Frames:
    """The tables the story needs, and the derived facts."""

    events: pandas.DataFrame
    sources: pandas.DataFrame
    claims: pandas.DataFrame
    claim_sources: pandas.DataFrame
    source_links: pandas.DataFrame
    judged_claims: pandas.DataFrame
    judged_events: pandas.DataFrame

    @classmethod
    def load(cls) -> "Frames":
        """From the installed package."""
        names = ("events", "sources", "claims", "claim_sources", "source_links")
        return cls(*(load(n) for n in names), derived("claims"), derived("events"))


def assertions(frames: Frames, article: str = ARTICLE) -> pandas.DataFrame:
    """Each assertion of the article beside the evidence for and against it.

    Returns
    -------
    pandas.DataFrame
        One row per claim that the article supports: claim_id, event_id, event, aspect, statement, n_reports (the article among them),
        n_origins, confidence, contradicting (sources against it), known_on (first public day, the article aside).
    """
    own = frames.claim_sources[(frames.claim_sources["source_id"] == article) & (frames.claim_sources["stance"] == "supports")]
    against = frames.claim_sources[frames.claim_sources["stance"] == "contradicts"].groupby("claim_id").size()
    table = frames.claims[frames.claims["claim_id"].isin(own["claim_id"])]
    table = table.merge(frames.judged_claims, on="claim_id").merge(frames.events[["event_id", "title"]].rename(columns={"title": "event"}), on="event_id")
    table["contradicting"] = table["claim_id"].map(against).fillna(0).astype("int64")
    columns = ["claim_id", "event_id", "event", "aspect", "statement", "n_reports", "n_origins", "confidence", "contradicting", "known_on"]
    return table[columns].sort_values(["event_id", "claim_id"]).reset_index(drop=True)


def counter_evidence(frames: Frames, article: str = ARTICLE) -> pandas.DataFrame:
    """What contradicts the article's assertions.

    Returns
    -------
    pandas.DataFrame
        One row per claim and contradicting source: claim_id, statement, publisher, published, what it says instead (note).
    """
    claims = assertions(frames, article)[["claim_id", "statement"]]
    against = frames.claim_sources[frames.claim_sources["stance"] == "contradicts"][["claim_id", "source_id", "note"]]
    table = claims.merge(against, on="claim_id").merge(frames.sources[["source_id", "publisher", "published"]], on="source_id")
    return table[["claim_id", "statement", "source_id", "publisher", "published", "note"]].sort_values(["claim_id", "published"]).reset_index(drop=True)


def reports(frames: Frames, event: str = GUIDANCE) -> pandas.DataFrame:
    """The reports that support the occurrence of an event, with the verb each uses and how far it stands from an origin.

    Returns
    -------
    pandas.DataFrame
        One row per supporting source: source_id, publisher, published, language, report_role, seen, modality, origins, steps (links to the
        nearest origin; 0 for an origin).
    """
    claims = frames.claims[(frames.claims["event_id"] == event) & (frames.claims["aspect"] == "occurrence")]
    backing = frames.claim_sources[frames.claim_sources["claim_id"].isin(claims["claim_id"]) & (frames.claim_sources["stance"] == "supports")]
    graph = Derivation(frames.source_links[["source_id", "relies_on_id"]].itertuples(index=False, name=None))
    # A source may back several occurrence claims of one event; it is still one report.
    table = backing.drop_duplicates("source_id").merge(frames.sources, on="source_id", suffixes=("_of_claim", ""))
    table["origins"] = [" ".join(graph.origins(s)) for s in table["source_id"]]
    table["steps"] = [_steps(graph, s) for s in table["source_id"]]
    columns = ["source_id", "publisher", "published", "language", "report_role", "seen", "modality", "origins", "steps"]
    return table[columns].sort_values(["steps", "published", "source_id"], na_position="last").reset_index(drop=True)


def _steps(graph: Derivation, source: str) -> int:
    steps, level = 0, {source}
    while level and not any(s not in graph.parents for s in level):
        level = {p for s in level for p in graph.parents[s]}
        steps += 1
    return steps


def verbs_by_language(table: pandas.DataFrame) -> pandas.DataFrame:
    """Reports counted by language and verb.

    Parameters
    ----------
    table : pandas.DataFrame
        What `reports` gives.

    Returns
    -------
    pandas.DataFrame
        One row per verb in order of strength, one column per language.
    """
    language = table["language"].str[:2].map(LANGUAGES).fillna("Other")
    counts = pandas.crosstab(table["modality"].astype("str").replace("nan", "none given"), language)
    order = [v for v in (*VERB_STRENGTH, *(m for m in counts.index if m not in VERB_STRENGTH)) if v in counts.index]
    return counts.loc[order]


def draw(frames: Frames, event: str = GUIDANCE):
    """The derivation graph of an event's reports, origins at the left, one column per step, coloured by language.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import networkx

    table = reports(frames, event)
    graph = networkx.DiGraph()
    shown, todo = set(), list(table["source_id"])
    parents = frames.source_links.groupby("source_id")["relies_on_id"].agg(list).to_dict()
    while todo:
        one = todo.pop()
        if one not in shown:
            shown.add(one)
            graph.add_node(one)
            for above in parents.get(one, ()):
                graph.add_edge(above, one)
                todo.append(above)
    about = frames.sources.set_index("source_id")
    columns = [sorted(level) for level in networkx.topological_generations(graph)]
    place = _places(graph, columns)
    height = max(4.5, 0.22 * max(len(c) for c in columns) + 1.2)
    figure, axes = figures.new(3.1 * len(columns) + 0.5, height)
    for above, below in sorted(graph.edges):
        (x0, y0), (x1, y1) = place[above], place[below]
        axes.annotate("", xy=(x1 - 0.03, y1), xytext=(x0 + 0.03, y0), arrowprops={"arrowstyle": "-", "color": "#BBBBBB", "linewidth": 0.7}, zorder=1)
    marks = {"English": ("blue", "o"), "Arabic": ("orange", "s"), "Chinese": ("green", "^"), "Other": ("purple", "D")}
    for one in sorted(graph):
        colour, shape = marks[LANGUAGES.get(about.loc[one, "language"][:2], "Other")]
        x, y = place[one]
        unread = about.loc[one, "seen"] == "cited_only"
        axes.scatter(x, y, s=38, marker=shape, color="white" if unread else figures.COLOURS[colour], edgecolor=figures.COLOURS[colour], linewidth=1.3, zorder=3)
        day = about.loc[one, "published"]
        label = f"{figures.shortened(about.loc[one, 'publisher'], 24)} ({f'{day.day} {day:%b %Y}' if pandas.notna(day) else 'undated'})"
        origin = graph.in_degree(one) == 0
        axes.text(
            x + 0.04,
            y,
            label,
            va="center",
            fontsize=8.5,
            fontweight="bold" if origin else "normal",
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )
    for name, (colour, shape) in marks.items():
        axes.scatter([], [], marker=shape, color=figures.COLOURS[colour], label=name)
    axes.scatter([], [], marker="o", color="white", edgecolor="#444444", label="known only through others")
    axes.legend(loc="lower left", fontsize=8.5, frameon=True, framealpha=0.95, title="Language of the page")
    axes.set_xlim(-0.08, len(columns) - 1 + 0.92)
    axes.set_ylim(-0.04, 1.04)
    axes.axis("off")
    origins = {o for line in table["origins"] for o in line.split()}
    title = f"{len(table)} reports of the guidance rest on {len(origins)} origin{'' if len(origins) == 1 else 's'}"
    figures.titled(axes, title, f"Source: China AI Controls, event {event}, source_links. Left: what a report rests on; right: what rests on it.")
    return figure


def _places(graph, columns: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Columns by step; within a column, sources stand near what they rest on."""
    place: dict[str, tuple[float, float]] = {}
    for x, column in enumerate(columns):
        wished = {s: sum(place[p][1] for p in graph.predecessors(s)) / max(graph.in_degree(s), 1) if graph.in_degree(s) else 0.5 for s in column}
        for i, one in enumerate(sorted(column, key=lambda s: (-wished[s], s))):
            place[one] = (x, 1 - (i + 0.5) / len(column))
    return place


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    table, told, against = reports(frames), assertions(frames), counter_evidence(frames)
    guidance = frames.judged_events.set_index("event_id").loc[GUIDANCE]
    languages = table["language"].str[:2]
    drift = verb_drift()
    occurrence = set(frames.claims.loc[(frames.claims["event_id"] == GUIDANCE) & (frames.claims["aspect"] == "occurrence"), "claim_id"])
    drift = drift[drift["claim_id"].isin(occurrence)]
    rows = [
        ("n_reports", "Reports of the guidance of February 2025 in the data", guidance["n_reports"], f"sources that support the occurrence of {GUIDANCE}"),
        ("n_origins", "Independent origins those reports rest on", guidance["n_origins"], "source_links followed to sources that rest on nothing else"),
        ("confidence", "Confidence of the guidance", guidance["confidence"], "confidence rule of the codebook"),
        ("known_on", "First day on which the guidance was publicly known", f"{guidance['known_on']:%Y-%m-%d}", "earliest supporting source"),
        (
            "contested",
            "Whether any source contradicts a claim on the guidance",
            "yes" if guidance["contested"] else "no",
            "claim_sources with stance contradicts",
        ),
        ("english", "Reports in English", (languages == "en").sum(), "language of the supporting sources"),
        ("arabic", "Reports in Arabic", (languages == "ar").sum(), "language of the supporting sources"),
        ("chinese", "Reports in Chinese", (languages == "zh").sum(), "language of the supporting sources"),
        ("longest_chain", "Most steps between a report and its origin", table["steps"].max(), "shortest way along source_links, the longest of all reports"),
        (
            "verbs_stronger",
            "Derived reports with a stronger verb than what they rest on",
            (drift["change"] == "stronger").sum(),
            "modality compared along source_links, occurrence claims",
        ),
        (
            "verbs_compared",
            "Derived reports whose verb can be compared",
            drift["change"].isin(["stronger", "weaker", "same"]).sum(),
            "both verbs on the scale advised to barred, or equal",
        ),
        ("assertions", "Assertions of the article in the data", len(told), "claims that the article supports"),
        ("assertions_one_origin", "Assertions that rest on one origin", (told["n_origins"] == 1).sum(), "n_origins of the claim"),
        ("assertions_contradicted", "Assertions that another source contradicts", told["contradicting"].gt(0).sum(), "claim_sources with stance contradicts"),
        ("contradictions", "Contradictions of the article's assertions", len(against), "pairs of claim and contradicting source"),
    ]
    return [Finding(f"seed.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"01_derivation": draw(frames)}
