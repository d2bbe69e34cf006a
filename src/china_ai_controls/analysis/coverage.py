"""What the data cover, in numbers; the parts of the README that are generated from the data."""

import re
from pathlib import Path

import pandas

from ..evidence import GRADES, derived
from ..pages import datasheet
from ..plain import counted
from ..schema import Package, package
from ..tables import columns, load
from .seed_story import GUIDANCE, LANGUAGES

SIDES = {"china": "China", "united_states": "United States", "us_ally": "Allies of the United States", "company": "Companies", "other": "Others"}


def table_of_tables() -> pandas.DataFrame:
    """Every table with its rows and what a row is.

    Returns
    -------
    pandas.DataFrame
        One row per table: table, rows, a row is.
    """
    tables = package().tables.values()
    return pandas.DataFrame(
        {
            "table": [f"`{t.name}`" for t in tables],
            "rows": [len(next(iter(columns(t.name).values()))) for t in tables],
            "a row is": [_first_sentence(t.description) for t in tables],
        }
    )


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[a-z])[.:;] ", text, maxsplit=1)[0].rstrip(".")
    return re.sub(r"^One row (is|says) ?", "", sentence)


def by_year(events: pandas.DataFrame) -> pandas.DataFrame:
    """Events counted by year of their latest possible date and by side.

    Returns
    -------
    pandas.DataFrame
        One row per year, one column per side, and a total.
    """
    table = pandas.crosstab(events["date_latest"].dt.year.rename("year"), events["side"].astype("str"))
    table = table.reindex(columns=[s for s in SIDES if s in table.columns]).rename(columns=SIDES)
    table.columns.name = None
    table["All"] = table.sum(axis=1)
    return table


def by_type(events: pandas.DataFrame) -> pandas.DataFrame:
    """Events counted by type and side.

    Returns
    -------
    pandas.DataFrame
        One row per event_type that occurs, in the codebook's order, one column per side, and a total.
    """
    order = [t for t in events["event_type"].cat.categories if (events["event_type"] == t).any()]
    table = pandas.crosstab(events["event_type"].astype("str").rename("type"), events["side"].astype("str")).reindex(order)
    table = table.reindex(columns=[s for s in SIDES if s in table.columns]).rename(columns=SIDES)
    table.columns.name = None
    table["All"] = table.sum(axis=1)
    return table


def confidence_by_side(events: pandas.DataFrame, judged: pandas.DataFrame) -> pandas.DataFrame:
    """Events counted by side and confidence.

    Returns
    -------
    pandas.DataFrame
        One row per side, one column per grade.
    """
    table = events[["event_id", "side"]].merge(judged[["event_id", "confidence"]], on="event_id")
    counts = pandas.crosstab(table["side"].astype("str"), table["confidence"].astype("str"))
    counts = counts.reindex(index=[s for s in SIDES if s in counts.index], columns=list(GRADES), fill_value=0).rename(index=SIDES)
    counts.index.name = counts.columns.name = None
    return counts


def by_event_language(source: Package | None = None) -> pandas.DataFrame:
    """Events counted by side and by the languages of the pages that support them; an event counts in every language it has.

    Returns
    -------
    pandas.DataFrame
        One row per side, one column per language.
    """
    claims, backing = load("claims", source=source), load("claim_sources", source=source)
    pairs = claims[["claim_id", "event_id"]].merge(backing.loc[backing["stance"] == "supports", ["claim_id", "source_id"]], on="claim_id")
    pairs = pairs.merge(load("sources", source=source)[["source_id", "language"]], on="source_id").merge(
        load("events", source=source)[["event_id", "side"]], on="event_id"
    )
    pairs["language"] = pairs["language"].str[:2].map(LANGUAGES).fillna("Other")
    once = pairs[["event_id", "side", "language"]].drop_duplicates()
    table = pandas.crosstab(once["side"].astype("str"), once["language"])
    return table.reindex([s for s in SIDES if s in table.index]).rename(index=SIDES).rename_axis(index=None, columns=None)


def by_language(sources: pandas.DataFrame) -> pandas.DataFrame:
    """Sources counted by language and by how much of them was read."""
    language = sources["language"].str[:2].map(LANGUAGES).fillna("Other")
    return pandas.crosstab(language, sources["seen"].astype("str"), margins=True, margins_name="All").rename_axis(index=None, columns=None)


def by_support(events: pandas.DataFrame) -> pandas.DataFrame:
    """Events counted by their number of supporting reports and of origins."""
    judged = derived("events")
    levels = pandas.cut(judged["n_reports"], [0, 1, 2, 4, 9, 10**9], labels=["1 report", "2", "3 to 4", "5 to 9", "10 or more"])
    origins = pandas.cut(judged["n_origins"], [0, 1, 2, 10**9], labels=["1 origin", "2 origins", "3 or more origins"])
    return pandas.crosstab(levels, origins).rename_axis(index=None, columns=None)


def readme_blocks() -> dict[str, str]:
    """The generated parts of the README, by the name in their markers.

    Returns
    -------
    dict of str to str
        Markdown.
    """
    events, sources, judged = load("events"), load("sources"), derived("events")
    guidance = judged.set_index("event_id").loc[GUIDANCE]
    sizes = {name: len(load(name)) for name in ("events", "actors", "companies", "sources", "measures", "claims")}
    grades = judged["confidence"].value_counts()
    opening = (sources["seen"] == "opening").sum()
    counts = (
        ", ".join(f"**{n:,} {name}**" for name, n in sizes.items())
        + f"; events from {events['date_earliest'].min():%Y-%m-%d} to {events['date_latest'].max():%Y-%m-%d}, closed on {package().descriptor['closedOn']}. "
        + f"The guidance of February 2025 has {guidance['n_reports']} reports in the data and {counted(guidance['n_origins'], 'origin')}; "
        + f"its confidence is {guidance['confidence']}. "
        + f"Of all events {', '.join(f'{grades.get(g, 0)} are {g}' for g in GRADES)}; {judged['contested'].sum()} are contested by at least one source. "
        + f"Of the sources {opening:,} were read in their opening only and {(sources['seen'] == 'cited_only').sum():,} are known only through others."
    )
    coverage = "\n\n".join(
        [
            "Events by year and side:",
            _markdown(by_year(events).reset_index()),
            "Events by type and side:",
            _markdown(by_type(events).reset_index()),
            "Events by side and confidence:",
            _markdown(confidence_by_side(events, judged).rename_axis("side").reset_index()),
            "Events by reports and origins:",
            _markdown(by_support(events).rename_axis("support").reset_index()),
            "Events by side and the languages of the pages that support them (an event counts in every language it has):",
            _markdown(by_event_language().rename_axis("side").reset_index()),
            "Sources by language and how they were seen:",
            _markdown(by_language(sources).rename_axis("language").reset_index()),
        ]
    )
    method = "\n\n".join(datasheet(headings=("Collection", "Processing", "Uses")))
    corrections = "\n\n".join(datasheet(headings=("Maintenance",)))
    return {"counts": counts, "tables": _markdown(table_of_tables()), "coverage": coverage, "method": method, "corrections": corrections}


def _markdown(table: pandas.DataFrame) -> str:
    lines = ["| " + " | ".join(map(str, table.columns)) + " |", "|" + "---|" * len(table.columns)]
    lines += [
        "| " + " | ".join(f"{v:,}" if isinstance(v, int) and c != "year" else str(v) for c, v in zip(table.columns, row)) + " |"
        for row in table.itertuples(index=False, name=None)
    ]
    return "\n".join(lines)


def refresh_readme(path: Path) -> None:
    """Write the generated parts into the README, between their markers."""
    path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")


def refreshed(text: str) -> str:
    """A README's text with its generated parts as they should be.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    for name, block in readme_blocks().items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.S)
        if not pattern.search(text):
            raise ValueError(f"README has no part marked 'generated: {name}'")
        text = pattern.sub(lambda m, block=block: m.group(1) + block + "\n" + m.group(2), text)
    return text
