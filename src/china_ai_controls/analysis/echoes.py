"""One report, many echoes: reports against origins for every control on people, and how verbs change on the way."""

from dataclasses import dataclass

import pandas

from ..evidence import Derivation, derived, verb_drift
from ..schema import Package
from ..tables import load
from . import figures
from .findings import Finding
from .seed_story import LANGUAGES

# How many supporting reports a reader who counts pages would ask for before calling a thing corroborated.
THRESHOLDS = (2, 3, 5, 10)


@dataclass(frozen=True)
class Frames:
    """The tables this question needs, and the derived facts."""

    measures: pandas.DataFrame
    measure_events: pandas.DataFrame
    sources: pandas.DataFrame
    source_links: pandas.DataFrame
    claims: pandas.DataFrame
    claim_sources: pandas.DataFrame
    drift: pandas.DataFrame
    judged: pandas.DataFrame

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape."""
        names = ("measures", "measure_events", "sources", "source_links", "claims", "claim_sources")
        return cls(*(load(n, source=source) for n in names), verb_drift(source), derived("events", source))


def language(tags: pandas.Series) -> pandas.Series:
    """Names of the three languages of the dataset for BCP 47 tags; Other for the rest."""
    return tags.str[:2].map(LANGUAGES).fillna("Other")


def people_events(frames: Frames) -> pandas.DataFrame:
    """Which events are stages of a control on people.

    Returns
    -------
    pandas.DataFrame
        One row per measure of domain people and stage: measure_id, title, side, formality, event_id.
    """
    people = frames.measures.loc[frames.measures["domain"] == "people", ["measure_id", "title", "side", "formality"]]
    return people.merge(frames.measure_events[["measure_id", "event_id"]], on="measure_id")


def supports(frames: Frames) -> pandas.DataFrame:
    """Which source supports that which event occurred.

    Returns
    -------
    pandas.DataFrame
        One row per event and supporting source: event_id, source_id, language, report_role, derived (rests on another), origins.
    """
    occurrence = frames.claims.loc[frames.claims["aspect"] == "occurrence", ["claim_id", "event_id"]]
    backing = frames.claim_sources[frames.claim_sources["stance"] == "supports"]
    pairs = occurrence.merge(backing[["claim_id", "source_id"]], on="claim_id")[["event_id", "source_id"]].drop_duplicates()
    table = pairs.merge(frames.sources[["source_id", "language", "report_role"]], on="source_id")
    graph = Derivation(frames.source_links[["source_id", "relies_on_id"]].itertuples(index=False, name=None))
    table["language"] = language(table["language"])
    table["derived"] = table["source_id"].isin(graph.parents)
    table["origins"] = [graph.origins(s) for s in table["source_id"]]
    return table.sort_values(["event_id", "source_id"]).reset_index(drop=True)


def by_measure(frames: Frames) -> pandas.DataFrame:
    """Reports and origins of every control on people, over all its stages.

    Returns
    -------
    pandas.DataFrame
        One row per measure of domain people, most reported first: measure_id, title, side, formality, n_reports, n_origins, echo
        (reports per origin).
    """
    joined = people_events(frames).merge(supports(frames), on="event_id")
    rows = []
    for (measure, title, side, formality), part in joined.groupby(["measure_id", "title", "side", "formality"], observed=True):
        origins = set().union(*part["origins"])
        rows.append((measure, title, side, formality, part["source_id"].nunique(), len(origins)))
    table = pandas.DataFrame(rows, columns=["measure_id", "title", "side", "formality", "n_reports", "n_origins"])
    table["echo"] = (table["n_reports"] / table["n_origins"]).round(1)
    return table.sort_values(["n_reports", "measure_id"], ascending=[False, True]).reset_index(drop=True)


def counting(table: pandas.DataFrame) -> pandas.DataFrame:
    """What a reader who counts reports would conclude, beside one who counts origins.

    Parameters
    ----------
    table : pandas.DataFrame
        What `by_measure` gives.

    Returns
    -------
    pandas.DataFrame
        One row per threshold: by_reports (controls with at least so many reports), of those one_origin (all of it rests on a single
        origin), by_origins (controls with at least two origins and so many reports), share_echo (one_origin / by_reports).
    """
    rows = []
    for least in THRESHOLDS:
        chosen = table[table["n_reports"] >= least]
        alone = int((chosen["n_origins"] == 1).sum())
        rows.append((least, len(chosen), alone, len(chosen) - alone, round(alone / len(chosen), 2) if len(chosen) else float("nan")))
    return pandas.DataFrame(rows, columns=["reports_at_least", "by_reports", "one_origin", "by_origins", "share_echo"]).set_index("reports_at_least")


def by_language(frames: Frames) -> pandas.DataFrame:
    """How reports of controls on people differ by language.

    Returns
    -------
    pandas.DataFrame
        One row per language: reports (pages that support such an event), derived (share that rests on another page), stronger, same and
        weaker (derived reports whose verb can be compared with that of the nearest page above), only_here (events supported in no other
        language).
    """
    events = set(people_events(frames)["event_id"])
    table = supports(frames)
    table = table[table["event_id"].isin(events)]
    pages = table.drop_duplicates("source_id")
    claims = set(frames.claims.loc[frames.claims["event_id"].isin(events), "claim_id"])
    drift = frames.drift[frames.drift["claim_id"].isin(claims)]
    change = drift["change"].groupby(language(drift["source_id"].map(frames.sources.set_index("source_id")["language"])))
    spoken = table.groupby("event_id")["language"].agg(lambda s: frozenset(s))
    rows = []
    for name in (*LANGUAGES.values(), "Other"):
        own = pages[pages["language"] == name]
        counts = change.get_group(name).value_counts() if name in change.groups else {}
        alone = int((spoken == frozenset({name})).sum())
        share = round(own["derived"].mean(), 2) if len(own) else float("nan")
        rows.append((name, len(own), share, *(int(counts.get(c, 0)) for c in ("stronger", "same", "weaker")), alone))
    return pandas.DataFrame(rows, columns=["language", "reports", "derived", "stronger", "same", "weaker", "only_here"]).set_index("language")


def hardened(frames: Frames) -> pandas.DataFrame:
    """The links at which the verb changed for controls on people.

    Returns
    -------
    pandas.DataFrame
        One row per claim and derived source whose verb is stronger or weaker than that of the nearest page above: claim_id, statement,
        publisher, language, modality_above, modality, change.
    """
    events = set(people_events(frames)["event_id"])
    claims = frames.claims.loc[frames.claims["event_id"].isin(events), ["claim_id", "statement"]]
    changed = frames.drift[frames.drift["change"].isin(["stronger", "weaker"])]
    table = changed.merge(claims, on="claim_id").merge(frames.sources[["source_id", "publisher", "language"]], on="source_id")
    columns = ["claim_id", "statement", "publisher", "language", "modality_above", "modality", "change"]
    return table[columns].sort_values(["change", "claim_id", "publisher"]).reset_index(drop=True)


def draw_measures(table: pandas.DataFrame, most: int = 25):
    """Reports and origins of the most reported controls on people, one line each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    part = table.head(most).iloc[::-1].reset_index(drop=True)
    figure, axes = figures.new(10.5, 0.31 * len(part) + 1.8)
    for y, row in part.iterrows():
        axes.plot([row["n_origins"], row["n_reports"]], [y, y], color="#BBBBBB", linewidth=2, zorder=1)
    axes.scatter(
        part["n_reports"], part.index, s=46, marker="o", color="white", edgecolor=figures.COLOURS["vermilion"], linewidth=1.6, label="reports", zorder=2
    )
    axes.scatter(part["n_origins"], part.index, s=46, marker="D", color=figures.COLOURS["blue"], label="origins", zorder=3)
    axes.set_yticks(part.index, [figures.shortened(t, 62) for t in part["title"]], fontsize=8.5)
    axes.set_xscale("log")
    ticks = [1, 2, 5, 10, 20, 50, 100]
    axes.set_xticks([t for t in ticks if t <= part["n_reports"].max() * 1.3], [str(t) for t in ticks if t <= part["n_reports"].max() * 1.3])
    axes.minorticks_off()
    axes.set_xlabel("Supporting pages (log scale)")
    axes.grid(axis="x", color="#EEEEEE")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=True)
    alone = int((table["n_origins"] == 1).sum())
    figures.titled(
        axes,
        f"{alone} of {len(table)} controls on people rest on one origin, however often they are reported",
        f"Source: China AI Controls, measures of domain people; the {len(part)} most reported are drawn.",
    )
    return figure


def draw_verbs(frames: Frames):
    """How derived reports of controls on people change the verb, by language, as shares.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = by_language(frames)
    counts = table[["weaker", "same", "stronger"]]
    counts = counts[counts.sum(axis=1) > 0].iloc[::-1]
    shares = counts.div(counts.sum(axis=1), axis=0)
    figure, axes = figures.new(9, 0.7 * len(counts) + 2)
    looks = {"weaker": ("sky", "///"), "same": ("grey", ""), "stronger": ("vermilion", "...")}
    left = [0.0] * len(shares)
    for change, (colour, hatch) in looks.items():
        axes.barh(range(len(shares)), shares[change], left=left, color=figures.COLOURS[colour], hatch=hatch, edgecolor="white", label=f"{change} verb")
        for y, (share, start, count) in enumerate(zip(shares[change], left, counts[change])):
            if share > 0.02:
                axes.text(start + share / 2, y, str(count), ha="center", va="center", fontsize=9, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})
        left = [a + b for a, b in zip(left, shares[change])]
    axes.set_yticks(range(len(shares)), shares.index)
    axes.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.set_xlim(0, 1)
    axes.set_xlabel("Derived reports whose verb can be compared (numbers: reports)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=3, frameon=False)
    total = counts.sum()
    figures.titled(
        axes,
        f"{total['same'] / total.sum():.0%} of the echoes keep the verb; {total['stronger']} harden it and {total['weaker']} soften it",
        "Source: China AI Controls, controls on people; verbs compared with those of the page a report rests on.",
    )
    return figure


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    table, languages = by_measure(frames), by_language(frames)
    counted = counting(table)
    drift = languages[["stronger", "same", "weaker"]].sum()
    rows = [
        ("measures", "Controls on people in the data", len(table), "measures of domain people with a supported stage"),
        ("one_origin", "Controls on people that rest on one origin", (table["n_origins"] == 1).sum(), "origins over all stages of the measure"),
        ("most_reports", "Reports of the most reported control on people", table["n_reports"].max(), "largest n_reports"),
        ("most_reports_origins", "Origins of the most reported control on people", table.iloc[0]["n_origins"], "n_origins of the same measure"),
        *((f"corroborated_{n}", f"Controls on people with {n} reports or more", counted.loc[n, "by_reports"], "by_reports") for n in THRESHOLDS),
        *(
            (f"echo_{n}", f"Of the controls with {n} reports or more, those with a single origin", counted.loc[n, "one_origin"], "one_origin")
            for n in THRESHOLDS
        ),
        *(
            (f"{c}_verbs", f"Derived reports with a {c} verb, controls on people", drift[c], "verb compared with that of the nearest page above")
            for c in drift.index
        ),
        *((f"reports_{n}", f"Pages in {n} on controls on people", languages.loc[n, "reports"], "language of the page") for n in LANGUAGES.values()),
        *((f"derived_{n}", f"Share of those in {n} that rest on another page", languages.loc[n, "derived"], "source_links") for n in LANGUAGES.values()),
        *(
            (f"only_{n}", f"Events of controls on people supported in {n} alone", languages.loc[n, "only_here"], "languages of the supporting pages")
            for n in LANGUAGES.values()
        ),
    ]
    return [Finding(f"echoes.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"02_reports_and_origins": draw_measures(by_measure(frames)), "02_verbs_by_language": draw_verbs(frames)}
