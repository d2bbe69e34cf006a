"""Events in time, both sides."""

import textwrap
from dataclasses import dataclass

import pandas

from ..evidence import GRADES, derived
from ..tables import load
from . import figures
from .findings import Finding

SIDES = {"china": "China", "united_states": "United States", "us_ally": "Allies of the United States", "company": "Companies", "other": "Others"}


@dataclass(frozen=True)
class Frames:
    """Events with their derived facts, and the claims and sources that a count needs."""

    events: pandas.DataFrame
    judged: pandas.DataFrame

    @classmethod
    def load(cls) -> "Frames":
        """From the installed package."""
        return cls(load("events"), derived("events"))


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


def by_quarter(events: pandas.DataFrame) -> pandas.DataFrame:
    """Events of Beijing and of Washington and its allies, counted by quarter and direction.

    An event whose bounds span quarters is counted in the one of its latest, the day by which it had happened.

    Returns
    -------
    pandas.DataFrame
        One row per quarter without gaps; columns (side, direction) with side ``china`` or ``us_and_allies``.
    """
    both = events[events["side"].isin(["china", "united_states", "us_ally"])]
    side = both["side"].astype("str").replace({"united_states": "us_and_allies", "us_ally": "us_and_allies"})
    quarter = both["date_latest"].dt.to_period("Q").rename("quarter")
    table = pandas.crosstab(quarter, [side.rename("side"), both["direction"].astype("str").rename("direction")])
    return table.reindex(pandas.period_range(quarter.min(), quarter.max(), freq="Q", name="quarter"), fill_value=0)


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


def draw_quarters(events: pandas.DataFrame):
    """Bars by quarter: Beijing's events upwards, those of Washington and its allies downwards.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = by_quarter(events)
    figure, axes = figures.new(11, 5.6)
    looks = {"tightens": ("vermilion", ""), "neutral": ("grey", ""), "loosens": ("sky", "///")}
    x = range(len(table))
    for side, sign in (("china", 1), ("us_and_allies", -1)):
        base = [0] * len(table)
        for direction, (colour, hatch) in looks.items():
            heights = list(table.get((side, direction), pandas.Series(0, index=table.index)))
            axes.bar(
                x,
                [sign * h for h in heights],
                bottom=[sign * b for b in base],
                width=0.82,
                color=figures.COLOURS[colour],
                hatch=hatch,
                edgecolor="white",
                linewidth=0.5,
                label=direction if sign > 0 else None,
            )
            base = [b + h for b, h in zip(base, heights)]
    axes.axhline(0, color="black", linewidth=0.8)
    years = [i for i, q in enumerate(table.index) if q.quarter == 1]
    axes.set_xticks(years, [str(table.index[i].year) for i in years])
    reach = max(table["china"].sum(axis=1).max(), table["us_and_allies"].sum(axis=1).max()) * 1.12
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    axes.set_ylabel("Events in the quarter")
    axes.text(0.01, 0.97, "China", transform=axes.transAxes, va="top", fontweight="bold")
    axes.text(0.01, 0.03, "United States and allies", transform=axes.transAxes, va="bottom", fontweight="bold")
    axes.legend(title="Direction", loc="upper left", bbox_to_anchor=(0.1, 1), frameon=False, ncols=3)
    axes.spines[["top", "right"]].set_visible(False)
    last = int((table.index[-1].year + 1) - 2)
    share = (events["date_latest"].dt.year >= last).mean()
    figures.titled(
        axes,
        f"{share:.0%} of the coded events are of {last} or later",
        "Source: China AI Controls, events by quarter of the day by which they had happened. Counts show what was coded, not all that happened.",
    )
    return figure


def draw_lanes(events: pandas.DataFrame, judged: pandas.DataFrame):
    """Every event as a mark on the lane of its side, its form and colour the confidence.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = events.merge(judged[["event_id", "confidence"]], on="event_id").sort_values(["date_latest", "event_id"])
    lanes = [s for s in SIDES if (table["side"] == s).any()]
    figure, axes = figures.new(11, 1.05 * len(lanes) + 1.4)
    marks = {"A": ("o", "blue"), "B": ("s", "green"), "C": ("^", "orange"), "D": ("X", "vermilion")}
    for lane, side in enumerate(reversed(lanes)):
        part = table[table["side"] == side].reset_index(drop=True)
        # Marks of neighbouring days are set apart up and down in a fixed pattern, so that none hides another.
        height = lane + ((part.index.to_series() * 4) % 9 - 4) * 0.085
        for grade, (shape, colour) in marks.items():
            chosen = part["confidence"] == grade
            axes.scatter(part.loc[chosen, "date_latest"], height[chosen], marker=shape, s=30, color=figures.COLOURS[colour], edgecolor="white", linewidth=0.4)
    for border in range(1, len(lanes)):
        axes.axhline(border - 0.5, color="#DDDDDD", linewidth=0.8)
    axes.set_yticks(range(len(lanes)), [textwrap.fill(SIDES[s], 14) for s in reversed(lanes)])
    axes.set_ylim(-0.5, len(lanes) - 0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles = [axes.scatter([], [], marker=shape, s=30, color=figures.COLOURS[colour]) for shape, colour in marks.values()]
    figure.legend(handles, list(marks), title="Confidence", loc="outside right upper", frameon=False)
    single = table["confidence"].isin(["C", "D"]).mean()
    figures.titled(
        axes,
        f"{single:.0%} of the events rest on a single origin or on none that says how it knows",
        "Source: China AI Controls, events at the day by which they had happened.",
    )
    return figure


def most_reported(events: pandas.DataFrame, judged: pandas.DataFrame, most: int = 15) -> pandas.DataFrame:
    """The events with most reports, beside the origins those rest on.

    Returns
    -------
    pandas.DataFrame
        One row per event: event_id, date_latest, side, title, n_reports, n_origins, confidence.
    """
    table = events[["event_id", "date_latest", "side", "title"]].merge(judged[["event_id", "n_reports", "n_origins", "confidence"]], on="event_id")
    return table.sort_values(["n_reports", "event_id"], ascending=[False, True]).head(most).reset_index(drop=True)


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    events, judged = frames.events, frames.judged
    sides = events["side"].value_counts()
    grades = judged["confidence"].value_counts()
    rows = [
        ("events", "Events in the data", len(events), "rows of events"),
        ("first_day", "Earliest day of an event", f"{events['date_earliest'].min():%Y-%m-%d}", "smallest date_earliest"),
        ("last_day", "Latest day of an event", f"{events['date_latest'].max():%Y-%m-%d}", "largest date_latest"),
        *((f"side_{side}", f"Events by side: {label}", sides.get(side, 0), "events by side") for side, label in SIDES.items()),
        *((f"grade_{grade}", f"Events of confidence {grade}", grades.get(grade, 0), "confidence rule of the codebook") for grade in GRADES),
        ("contested", "Contested events", judged["contested"].sum(), "events with a claim that a source contradicts"),
        ("day_precision", "Events dated to the day", (judged["date_precision"] == "day").sum(), "date_earliest equals date_latest"),
    ]
    return [Finding(f"time.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"02_quarters": draw_quarters(frames.events), "02_lanes": draw_lanes(frames.events, frames.judged)}
