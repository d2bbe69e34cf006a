"""How good are these data: coverage, precision, confidence, how sources were seen, growth of knowledge, agreement of two codings."""

import textwrap
from dataclasses import dataclass

import numpy
import pandas

from ..evidence import GRADES, PRECISIONS, derived
from ..schema import Package, package
from ..tables import load
from . import figures
from .coverage import SIDES
from .findings import Finding

# Enough for two decimals of an interval; the seed makes the interval the same for everybody.
RESAMPLES, SEED = 2000, 20250228


@dataclass(frozen=True)
class Frames:
    """Events with their derived facts, sources, and both codings."""

    events: pandas.DataFrame
    judged: pandas.DataFrame
    sources: pandas.DataFrame
    codings: pandas.DataFrame
    ordered: dict

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape.

        ``codings`` has one row per record and field coded twice: record_id, field, first, second, coder_type. ``ordered`` maps each field to
        its codes in order, or to None where the order means nothing.
        """
        own = source or package()
        records = {"E": load("events", source=source).set_index("event_id"), "M": load("measures", source=source).set_index("measure_id")}
        codings = load("second_coding", source=source).rename(columns={"value": "second"})
        codings["field"] = codings["field"].astype("str")
        codings["first"] = [str(records[r[0]].loc[r, f]) for r, f in zip(codings["record_id"], codings["field"])]
        ordered = {}
        for name in codings["field"].unique():
            field = next(t.field(name) for t in (own.table("events"), own.table("measures")) if any(f.name == name for f in t.fields))
            ordered[name] = [str(c.value) for c in field.codes] if field.ordered or field.type == "integer" else None
        columns = ["record_id", "field", "first", "second", "coder_type"]
        return cls(records["E"].reset_index(), derived("events", source), load("sources", source=source), codings[columns], ordered)


def precision(frames: Frames) -> pandas.DataFrame:
    """Events by how narrowly they are dated, by side.

    Returns
    -------
    pandas.DataFrame
        One row per side, one column per precision of `evidence.PRECISIONS`.
    """
    table = frames.events[["event_id", "side"]].merge(frames.judged[["event_id", "date_precision"]], on="event_id")
    counts = pandas.crosstab(table["side"].astype("str"), table["date_precision"])
    counts = counts.reindex(index=[s for s in SIDES if s in counts.index], columns=list(PRECISIONS), fill_value=0)
    return counts.rename(index=SIDES).rename_axis(index=None, columns=None)


def roles(frames: Frames) -> pandas.DataFrame:
    """Sources by their role and by how much of them was read.

    Returns
    -------
    pandas.DataFrame
        One row per report_role, one column per way of having seen it, and a total; the last row is the total.
    """
    sources = frames.sources
    return pandas.crosstab(sources["report_role"].astype("str"), sources["seen"].astype("str"), margins=True, margins_name="All").rename_axis(
        index=None, columns=None
    )


def growth(frames: Frames) -> pandas.DataFrame:
    """How many of the coded events had happened, and how many were publicly known, by the end of each month.

    Returns
    -------
    pandas.DataFrame
        One row per month: happened (by the latest date), known (a supporting source in the data was public).
    """
    table = frames.events[["event_id", "date_latest"]].merge(frames.judged[["event_id", "known_on"]], on="event_id", how="left")
    months = pandas.period_range(table["date_latest"].min(), max(table["date_latest"].max(), table["known_on"].max()), freq="M", name="month")
    ends = months.end_time
    counted = {name: [int((table[column] <= end).sum()) for end in ends] for name, column in (("happened", "date_latest"), ("known", "known_on"))}
    return pandas.DataFrame(counted, index=months)


def delay(frames: Frames) -> pandas.Series:
    """Days between the latest date of each event and the first public source in the data, for events dated to the week or better.

    Returns
    -------
    pandas.Series
        One value per event; below zero where it was announced before it happened.
    """
    table = frames.events[["event_id", "date_latest"]].merge(frames.judged[["event_id", "known_on", "date_precision"]], on="event_id")
    table = table[table["date_precision"].isin(PRECISIONS[:3])].dropna(subset=["known_on"]).set_index("event_id")
    return (table["known_on"] - table["date_latest"]).dt.days.rename("delay")


def alpha(first: list, second: list, order: list | None = None) -> float:
    """Krippendorff's alpha of two codings.

    Parameters
    ----------
    first, second : list of str
        The codes given to the same records.
    order : list of str, optional
        The codes in order, if the order means something: the ordinal form is then used, else the nominal one.

    Returns
    -------
    float
        1 for perfect agreement, 0 for agreement as by chance; NaN where only one code was ever given, which says nothing of agreement.

    Examples
    --------
    >>> alpha(["a", "b", "a", "b"], ["a", "b", "a", "b"])
    1.0
    """
    import krippendorff

    values = order or sorted({*first, *second})
    number = {value: i for i, value in enumerate(values)}
    data = numpy.array([[number[v] for v in first], [number[v] for v in second]], dtype=float)
    if len(numpy.unique(data)) < 2:
        return float("nan")
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="ordinal" if order else "nominal"))


def agreement(frames: Frames, resamples: int = RESAMPLES) -> pandas.DataFrame:
    """Agreement of the first and the second coding by field.

    Returns
    -------
    pandas.DataFrame
        One row per field: records, equal, share, alpha, low and high (95 per cent interval of alpha by resampling records with
        replacement), scale (nominal or ordinal), coder (who coded the second time).
    """
    rows = []
    random = numpy.random.default_rng(SEED)
    for name, part in frames.codings.groupby("field"):
        first, second = part["first"].tolist(), part["second"].tolist()
        order = frames.ordered[name]
        drawn = []
        for _ in range(resamples):
            chosen = random.integers(0, len(part), len(part))
            drawn.append(alpha([first[i] for i in chosen], [second[i] for i in chosen], order))
        drawn = [a for a in drawn if a == a]
        low, high = numpy.quantile(drawn, [0.025, 0.975]) if drawn else (float("nan"), float("nan"))
        equal = sum(a == b for a, b in zip(first, second))
        coder = "/".join(sorted(set(part["coder_type"].astype("str"))))
        rows.append((name, len(part), equal, equal / len(part), alpha(first, second, order), low, high, "ordinal" if order else "nominal", coder))
    columns = ["field", "records", "equal", "share", "alpha", "low", "high", "scale", "coder"]
    return pandas.DataFrame(rows, columns=columns).set_index("field").round(3)


def coded_twice(frames: Frames) -> float:
    """Share of the events that were coded a second time."""
    twice = {r for r in frames.codings["record_id"] if r.startswith("E")}
    return len(twice) / len(frames.events)


def disagreements(frames: Frames) -> pandas.DataFrame:
    """Which codes were taken for which.

    Returns
    -------
    pandas.DataFrame
        One row per field and pair of different codes: field, first, second, records; the most frequent first.
    """
    table = frames.codings[frames.codings["first"] != frames.codings["second"]]
    counts = table.groupby(["field", "first", "second"]).size().rename("records").reset_index()
    return counts.sort_values(["records", "field", "first", "second"], ascending=[False, True, True, True]).reset_index(drop=True)


def by_quarter(events: pandas.DataFrame) -> pandas.DataFrame:
    """Events of Beijing and of Washington and its allies, counted by quarter and direction.

    An event whose bounds span quarters is counted in the one of its latest date, the day by which it had happened.

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


def draw_growth(frames: Frames):
    """Coded events that had happened, and those that were publicly known, by month.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = growth(frames)
    figure, axes = figures.new(10, 4.4)
    x = range(len(table))
    axes.plot(x, table["happened"], color=figures.COLOURS["blue"], linewidth=2.2, label="had happened")
    axes.plot(x, table["known"], color=figures.COLOURS["vermilion"], linewidth=2.2, linestyle="--", label="publicly known from a dated source")
    januaries = [i for i, m in enumerate(table.index) if m.month == 1]
    axes.set_xticks(januaries, [str(table.index[i].year) for i in januaries])
    axes.set_ylabel("Events of the dataset")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#EEEEEE")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False)
    late = delay(frames)
    figures.titled(
        axes,
        f"{(late <= 7).mean():.0%} of the dated events were public within a week; {table['happened'].iloc[-1] - table['known'].iloc[-1]} have no dated source",
        "Source: China AI Controls, known_on. Events found through later pages seem later known than they were.",
    )
    return figure


def draw_agreement(frames: Frames):
    """Krippendorff's alpha of both codings by field with its interval.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = agreement(frames).sort_values("alpha")
    figure, axes = figures.new(8.5, 0.5 * len(table) + 1.9)
    y = range(len(table))
    axes.errorbar(
        table["alpha"], y, xerr=[table["alpha"] - table["low"], table["high"] - table["alpha"]], fmt="o", color=figures.COLOURS["blue"], capsize=4, linewidth=2
    )
    axes.axvline(0.8, color=figures.COLOURS["grey"], linestyle="--", linewidth=1)
    axes.axvline(0.667, color=figures.COLOURS["grey"], linestyle=":", linewidth=1)
    axes.set_yticks(y, [f"{name} ({n})" for name, n in zip(table.index, table["records"])])
    axes.set_xlim(min(0, table["low"].min() - 0.05), 1.02)
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.set_xlabel("Krippendorff's alpha, 95 per cent interval (dashed 0.8, dotted 0.667)")
    axes.spines[["top", "right"]].set_visible(False)
    enough = (table["low"] >= 0.667).sum()
    figures.titled(
        axes,
        f"{enough} of {len(table)} fields agree so well that the whole interval lies above 0.667",
        "Source: China AI Controls, second_coding. Both codings are by a model: agreement with itself, not truth.",
    )
    return figure


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    events, judged, sources = frames.events, frames.judged, frames.sources
    sides, grades, late = events["side"].value_counts(), judged["confidence"].value_counts(), delay(frames)
    table = agreement(frames)
    rows = [
        ("events", "Events in the data", len(events), "rows of events"),
        ("first_day", "Earliest day of an event", f"{events['date_earliest'].min():%Y-%m-%d}", "smallest date_earliest"),
        ("last_day", "Latest day of an event", f"{events['date_latest'].max():%Y-%m-%d}", "largest date_latest"),
        *((f"side_{side}", f"Events by side: {label}", sides.get(side, 0), "events by side") for side, label in SIDES.items()),
        *((f"grade_{grade}", f"Events of confidence {grade}", grades.get(grade, 0), "confidence rule of the codebook") for grade in GRADES),
        ("contested", "Contested events", judged["contested"].sum(), "events with a claim that a source contradicts"),
        ("day_precision", "Events dated to the day", (judged["date_precision"] == "day").sum(), "date_earliest equals date_latest"),
        ("sources", "Sources", len(sources), "rows of sources"),
        ("sources_cited_only", "Sources known only through others", (sources["seen"] == "cited_only").sum(), "seen is cited_only"),
        ("sources_undated", "Sources without a day of publication", sources["published"].isna().sum(), "published is empty"),
        ("within_week", "Share of the dated events public within a week", round((late <= 7).mean(), 3), "known_on against date_latest"),
        ("coded_twice", "Share of the events coded twice", round(coded_twice(frames), 3), "records of second_coding"),
        *((f"alpha_{name}", f"Krippendorff's alpha of {name}", row["alpha"], f"{row['scale']}, {row['records']} records") for name, row in table.iterrows()),
        *(
            (f"interval_{name}", f"95 per cent interval of that of {name}", f"{row['low']:.2f} to {row['high']:.2f}", f"{RESAMPLES} resamples")
            for name, row in table.iterrows()
        ),
    ]
    return [Finding(f"quality.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {
        "07_quarters": draw_quarters(frames.events),
        "07_lanes": draw_lanes(frames.events, frames.judged),
        "07_growth": draw_growth(frames),
        "07_agreement": draw_agreement(frames),
    }
