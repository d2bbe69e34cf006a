"""Tightening on people: the measures in force month by month, and an index of how strict they are.

The index follows the Oxford COVID-19 Government Response Tracker. For each group of people g and month t, of all measures in force the
one with the highest sub-index counts::

    I(g, t) = 100 * (v - 0.5 * (1 - f)) / 4      where v is its restrictiveness (0 to 4), f is 1 if its scope is general, 0 if targeted
    I(g, t) = 0                                  where v = 0 or no measure is in force
    index(t) = mean of I(g, t) over the groups

Only measures of general scope count, so that f is 1: a hold on one banker says nothing of a class. In one variant measures against named
persons and firms count too, half a level lower. What is in force is read off the stages (`asof.ACTIVE`), by the day on which each had
surely happened.
"""

from dataclasses import dataclass
from datetime import date

import pandas

from .. import asof
from ..evidence import derived
from ..schema import Package
from ..tables import load
from . import figures
from .findings import Finding

GROUPS = {
    "ai_researchers_and_founders": "AI researchers and founders",
    "engineers": "Engineers",
    "executives": "Executives",
    "students_and_scholars": "Students and scholars",
    "officials_and_state_staff": "Officials and state staff",
    "general_public": "General public",
}
LEVELS = {0: "none", 1: "advised against", 2: "must report", 3: "approval needed", 4: "barred or detained"}
FORMS = {
    "unwritten": "unwritten",
    "unpublished_written": "written, not published",
    "unknown": "form unknown",
    "published_nonbinding": "published, not binding",
    "published_binding": "published and binding",
}
FIRST = "2017-01"
# After how many months of silence an unwritten measure is taken to have lapsed, in the check on that assumption.
SILENCE = 24
VARIANTS = {
    "all": "all measures on a class of people",
    "two_origins": "without what rests on one origin",
    "silence": f"unwritten measures lapse after {SILENCE} months without a stage",
    "published": "published texts only",
    "with_targeted": "with measures against named persons and firms",
}


@dataclass(frozen=True)
class Frames:
    """Measures on people with their stages, and what their events rest on."""

    measures: pandas.DataFrame
    stages: pandas.DataFrame
    last_month: pandas.Period

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape.

        ``stages`` has one row per measure and stage, in order of time: measure_id, event_id, stage, day (by which it had surely
        happened). ``measures`` has one more column, n_origins, over all its stages. The months end with the last stage.
        """
        measures, events = load("measures", source=source), load("events", source=source)
        people = measures[measures["domain"] == "people"].reset_index(drop=True)
        bounds = {e: (a, b) for e, a, b in zip(events["event_id"], events["date_earliest"], events["date_latest"])}
        links = load("measure_events", source=source)
        links = links[links["measure_id"].isin(people["measure_id"])]
        life = asof.stages_in_order({c: links[c].astype("str").tolist() for c in links.columns}, bounds)
        stages = pandas.DataFrame([(m, e, s, day) for m in sorted(life) for day, s, e in life[m]], columns=["measure_id", "event_id", "stage", "day"])
        origins = derived("events", source).set_index("event_id")["origins"].str.split()
        of_measure = {m: set().union(*(origins.get(e, []) for e in part["event_id"])) for m, part in stages.groupby("measure_id")}
        people["n_origins"] = [len(of_measure.get(m, ())) for m in people["measure_id"]]
        return cls(people, stages, stages["day"].max().to_period("M"))


def months(frames: Frames) -> pandas.PeriodIndex:
    """The months of the series, without gaps."""
    return pandas.period_range(FIRST, frames.last_month, freq="M", name="month")


def in_force(frames: Frames, side: str = "china", variant: str = "all") -> pandas.DataFrame:
    """Which measures are in force at the end of which month.

    Parameters
    ----------
    side : str
        Whose measures.
    variant : str
        One of `VARIANTS`.

    Returns
    -------
    pandas.DataFrame
        One row per month and measure in force: month, measure_id, status, target_group, formality, restrictiveness, scope.
    """
    chosen = frames.measures[frames.measures["side"] == side]
    if variant != "with_targeted":
        chosen = chosen[chosen["scope"] == "general"]
    if variant == "two_origins":
        chosen = chosen[chosen["n_origins"] >= 2]
    if variant == "published":
        chosen = chosen[chosen["formality"].isin(["published_binding", "published_nonbinding"])]
    life = {m: list(zip(part["day"].dt.date, part["stage"], part["event_id"])) for m, part in frames.stages.groupby("measure_id")}
    unwritten = set(chosen.loc[chosen["formality"] == "unwritten", "measure_id"])
    rows = []
    for month in months(frames):
        day = month.end_time.date()
        for measure, status in asof.status_on({m: life[m] for m in chosen["measure_id"] if m in life}, day).items():
            if status in asof.ACTIVE and not (variant == "silence" and measure in unwritten and _silent(life[measure], day)):
                rows.append((month, measure, status))
    table = pandas.DataFrame(rows, columns=["month", "measure_id", "status"])
    return table.merge(chosen[["measure_id", "target_group", "formality", "restrictiveness", "scope"]], on="measure_id")


def _silent(stages: list[tuple[date, str, str]], day: date) -> bool:
    last = max(when for when, _, _ in stages if when <= day)
    return (day.year - last.year) * 12 + day.month - last.month > SILENCE


def sub_index(restrictiveness: int, general: bool) -> float:
    """How strict one measure is, from 0 to 100.

    Examples
    --------
    >>> sub_index(1, general=True), sub_index(3, general=False), sub_index(0, general=True)
    (25.0, 62.5, 0.0)
    """
    return 0.0 if restrictiveness == 0 else 100 * (restrictiveness - 0.5 * (not general)) / 4


def by_group(frames: Frames, side: str = "china", variant: str = "all") -> pandas.DataFrame:
    """The sub-index of every group by month.

    Returns
    -------
    pandas.DataFrame
        One row per month, one column per group of `GROUPS`; 0 where nothing is in force.
    """
    table = in_force(frames, side, variant)
    table["value"] = [sub_index(v, s == "general") for v, s in zip(table["restrictiveness"], table["scope"])]
    strictest = table.assign(target_group=table["target_group"].astype("str")).groupby(["month", "target_group"])["value"].max().unstack()
    return strictest.reindex(index=months(frames), columns=list(GROUPS)).fillna(0.0)


def index(frames: Frames, side: str = "china", variant: str = "all") -> pandas.Series:
    """The index by month: the mean of the sub-indices of the groups."""
    return by_group(frames, side, variant).mean(axis=1).rename(variant)


def variants(frames: Frames, side: str = "china") -> pandas.DataFrame:
    """The index at the end of each year under every assumption.

    Returns
    -------
    pandas.DataFrame
        One row per year (the last month there is), one column per entry of `VARIANTS`.
    """
    table = pandas.DataFrame({v: index(frames, side, v) for v in VARIANTS})
    last = table.groupby(table.index.year).tail(1)
    return last.set_axis(last.index.year.rename("year")).round(1)


def worked_example(frames: Frames, group: str, month: str, side: str = "china") -> pandas.DataFrame:
    """The measures from which one sub-index is computed, strictest first.

    Returns
    -------
    pandas.DataFrame
        One row per measure on that group in force at the end of the month: measure_id, title, status, restrictiveness, scope, value.
        The first row's value is the sub-index.
    """
    table = in_force(frames, side)
    table = table[(table["month"] == pandas.Period(month)) & (table["target_group"] == group)]
    table = table.merge(frames.measures[["measure_id", "title"]], on="measure_id")
    table["value"] = [sub_index(v, s == "general") for v, s in zip(table["restrictiveness"], table["scope"])]
    columns = ["measure_id", "title", "status", "restrictiveness", "scope", "value"]
    return table[columns].sort_values(["value", "measure_id"], ascending=[False, True]).reset_index(drop=True)


def steps(frames: Frames, side: str = "china") -> pandas.DataFrame:
    """When each level was first in force for each group.

    Returns
    -------
    pandas.DataFrame
        One row per group, one column per level of `LEVELS` above none: the first month with a measure of that level, empty if there is none.
    """
    table = in_force(frames, side)
    first = table.assign(target_group=table["target_group"].astype("str")).groupby(["target_group", "restrictiveness"])["month"].min().unstack()
    first = first.reindex(index=list(GROUPS), columns=[level for level in LEVELS if level]).rename(index=GROUPS, columns=LEVELS)
    return first.astype("object").where(first.notna(), "").astype("str").rename_axis(index=None, columns=None)


def counts(frames: Frames, column: str, order: dict, side: str = "china") -> pandas.DataFrame:
    """Measures in force at the end of each month, counted by one of their fields.

    Returns
    -------
    pandas.DataFrame
        One row per month, one column per code in the given order.
    """
    table = in_force(frames, side)
    found = pandas.crosstab(table["month"], table[column].astype("object"))
    return found.reindex(index=months(frames), columns=list(order), fill_value=0).rename_axis(columns=None)


def _held(values: pandas.Series) -> list:
    """Values for a step line, the last one held to the end of its month."""
    return [*values, values.iloc[-1]]


def _spans(axes, frames: Frames) -> None:
    axes.set_xlim(0, len(months(frames)))
    axes.set_ylim(bottom=0)
    januaries = [i for i, m in enumerate(months(frames)) if m.month == 1]
    axes.set_xticks(januaries, [str(months(frames)[i].year) for i in januaries])
    axes.spines[["top", "right"]].set_visible(False)


def draw_index(frames: Frames):
    """The index of Beijing's controls on people by month, with a band for what rests on one origin, and the variants.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = figures.new(10.5, 5.2)
    whole, sure = index(frames), index(frames, variant="two_origins")
    x = range(len(whole) + 1)
    axes.fill_between(x, _held(sure), _held(whole), color=figures.COLOURS["sky"], alpha=0.55, step="post", label="rests on one origin")
    axes.step(x, _held(whole), where="post", color=figures.COLOURS["blue"], linewidth=2.4, label=VARIANTS["all"])
    for variant, (colour, dash) in {"silence": ("vermilion", "--"), "published": ("green", ":"), "with_targeted": ("grey", "-.")}.items():
        axes.step(x, _held(index(frames, variant=variant)), where="post", color=figures.COLOURS[colour], linestyle=dash, linewidth=1.6, label=VARIANTS[variant])
    _spans(axes, frames)
    axes.set_ylim(0, 100)
    axes.set_ylabel("Index (0 no control, 100 every group barred)")
    axes.grid(axis="y", color="#EEEEEE")
    axes.legend(loc="upper left", fontsize=9, frameon=False)
    share = (whole.iloc[-1] - sure.iloc[-1]) / whole.iloc[-1]
    figures.titled(
        axes,
        f"Beijing's index rose from {whole.iloc[0]:.0f} to {whole.iloc[-1]:.0f}; {share:.0%} of it rests on single origins",
        f"Source: China AI Controls, measures of domain people, {months(frames)[0]} to {months(frames)[-1]}. Formula in the text.",
    )
    return figure


def draw_groups(frames: Frames):
    """The sub-index of every group by month, as rows of shades.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = by_group(frames)
    figure, axes = figures.new(10.5, 3.6)
    image = axes.imshow(table.T, aspect="auto", cmap="cividis_r", vmin=0, vmax=100, interpolation="nearest")
    axes.set_yticks(range(len(GROUPS)), GROUPS.values())
    januaries = [i for i, m in enumerate(table.index) if m.month == 1]
    axes.set_xticks(januaries, [str(table.index[i].year) for i in januaries])
    for border in range(1, len(GROUPS)):
        axes.axhline(border - 0.5, color="white", linewidth=2)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, ticks=[0, 25, 50, 75, 100], pad=0.01)
    bar.ax.set_yticklabels(["0 none", "25 advised", "50 must report", "75 approval", "100 barred"], fontsize=8.5)
    reached, leaders = (table.iloc[-1] >= 75).sum(), table.iloc[-1]["ai_researchers_and_founders"]
    figures.titled(
        axes,
        f"In {table.index[-1]:%B %Y} {reached} of {len(GROUPS)} groups stood at approval or above; AI leaders at {leaders:.0f}",
        "Source: China AI Controls; strictest measure of general scope in force.",
    )
    return figure


def draw_counts(frames: Frames):
    """Measures in force by level and by form, stacked by month.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = figures.new(12, 5, columns=2, sharey=True)
    level_looks = {0: ("yellow", ""), 1: ("sky", ""), 2: ("green", "///"), 3: ("orange", "..."), 4: ("vermilion", "xxx")}
    form_looks = {
        "unwritten": ("vermilion", "xxx"),
        "unpublished_written": ("orange", "..."),
        "unknown": ("grey", ""),
        "published_nonbinding": ("sky", "///"),
        "published_binding": ("blue", ""),
    }
    for axes, column, names, looks in ((left, "restrictiveness", LEVELS, level_looks), (right, "formality", FORMS, form_looks)):
        table = counts(frames, column, names)
        bottom = pandas.Series(0, index=table.index)
        for code, name in names.items():
            colour, hatch = looks[code]
            axes.fill_between(
                range(len(table) + 1),
                _held(bottom),
                _held(bottom + table[code]),
                step="post",
                facecolor=figures.COLOURS[colour],
                hatch=hatch,
                edgecolor="white",
                linewidth=0.3,
                label=name,
            )
            bottom = bottom + table[code]
        _spans(axes, frames)
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[::-1], labels[::-1], loc="upper left", frameon=False, fontsize=9)
    left.set_ylabel("Measures in force on a class of people")
    left.set_title("By how strict they are", loc="left", fontsize=10)
    right.set_title("By the form in which they exist", loc="left", fontsize=10)
    table = counts(frames, "formality", FORMS)
    hidden = table.iloc[-1][["unwritten", "unpublished_written", "unknown"]].sum()
    figures.headed(
        figure,
        f"{hidden} of the {table.iloc[-1].sum()} measures in force in {table.index[-1]:%B %Y} exist in no published text",
        "Source: China AI Controls, Beijing's measures of domain people, of general scope.",
    )
    return figure


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    series = {v: index(frames, variant=v) for v in VARIANTS}
    whole, last = series["all"], frames.last_month
    table = counts(frames, "formality", FORMS).iloc[-1]
    leaders = by_group(frames)["ai_researchers_and_founders"]
    rise = whole.diff().fillna(0)
    rows = [
        ("last_month", "Last month of the index", str(last), "month of the last stage of a measure on people"),
        ("first", f"Index in {FIRST}", round(whole.iloc[0], 1), "formula in the notebook"),
        *((f"last_{v}", f"Index in the last month, {text}", round(series[v].iloc[-1], 1), "formula in the notebook") for v, text in VARIANTS.items()),
        (
            "us_last",
            "The same index for measures of the United States in the last month",
            round(index(frames, side="united_states").iloc[-1], 1),
            "formula in the notebook",
        ),
        ("largest_rise", "Month of the largest rise", str(rise.idxmax()), "largest difference between two months"),
        (
            "leaders_first",
            "First month with any measure on AI researchers and founders in force",
            str(leaders[leaders > 0].index[0]),
            "first sub-index above 0",
        ),
        ("leaders_last", "Sub-index of AI researchers and founders in the last month", round(leaders.iloc[-1], 1), "strictest measure in force"),
        *((f"form_{form}", f"Measures in force in the last month: {text}", table[form], "formality") for form, text in FORMS.items()),
    ]
    return [Finding(f"tightening.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"03_index": draw_index(frames), "03_groups": draw_groups(frames), "03_levels_and_forms": draw_counts(frames)}
