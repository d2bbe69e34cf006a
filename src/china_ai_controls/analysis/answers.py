"""Action and answer: do Beijing's moves follow Washington's, and the reverse?

The statistic is the share of one side's tightening acts that the other side's tightening follows within a window of days (the day of the
act itself counts, for answers of the same day are common). Its null keeps the clustering of each side: the other side's days are shifted
round the whole period by every possible number of days, so that only the alignment of the two calendars is broken (a circular shift, taken
exhaustively, without random numbers). Because coding is denser in late years, which alone would make the calendars fit, a second null
shifts by at most `NEAR` days either way, so that each act stays in its season.
"""

from dataclasses import dataclass

import numpy
import pandas

from ..evidence import GRADES, derived
from ..schema import Package
from ..tables import load
from . import figures
from .findings import Finding

SIDES = {"china": ("china",), "us_and_allies": ("united_states", "us_ally")}
NAMES = {"china": "Beijing", "us_and_allies": "Washington and allies"}
WINDOW = 30
WINDOWS = (7, 14, 30, 60, 90)
# Shifts of the second null: far enough to break the alignment, near enough to keep the season.
NEAR = 365
# Dates wider than this say too little about who came first.
PRECISE = ("day", "days", "week")
ASSERTED = {"actor": "the actor itself", "report": "a report", "analyst": "an analyst", "timing_only": "timing only"}


@dataclass(frozen=True)
class Frames:
    """Events with their derived facts, and the relations between them."""

    events: pandas.DataFrame
    relations: pandas.DataFrame

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape.

        ``events`` has, beside its own fields, confidence and date_precision.
        """
        judged = derived("events", source)[["event_id", "confidence", "date_precision"]]
        return cls(load("events", source=source).merge(judged, on="event_id"), load("event_relations", source=source))


def acts(frames: Frames, side: str, grades: tuple = GRADES) -> pandas.DataFrame:
    """The acts of one side that tighten a control and whose date is known to the week or better.

    Parameters
    ----------
    side : str
        ``china`` or ``us_and_allies``.
    grades : tuple of str
        Confidence grades that count.

    Returns
    -------
    pandas.DataFrame
        One row per event: event_id, title, day (the latest it can have happened).
    """
    events = frames.events
    chosen = events["side"].isin(SIDES[side]) & (events["direction"] == "tightens")
    chosen &= events["date_precision"].isin(PRECISE) & events["confidence"].isin(grades)
    return events.loc[chosen, ["event_id", "title", "date_latest"]].rename(columns={"date_latest": "day"}).reset_index(drop=True)


@dataclass(frozen=True)
class Calendar:
    """Two sides on one round calendar of whole days.

    Attributes
    ----------
    first : numpy.ndarray
        Day numbers of the acts that may be answered.
    second : numpy.ndarray
        Day numbers of the acts that may be answers.
    length : int
        Days in the period.
    """

    first: numpy.ndarray
    second: numpy.ndarray
    length: int

    @classmethod
    def of(cls, first: pandas.Series, second: pandas.Series) -> "Calendar":
        """From two series of dates; the period runs from the first act of either side to the last."""
        start, end = min(first.min(), second.min()), max(first.max(), second.max())
        numbers = [(days - start).dt.days.to_numpy() for days in (first, second)]
        return cls(*numbers, (end - start).days + 1)

    def followed(self, window: int, without: int | None = None) -> numpy.ndarray:
        """Whether an answer falls within the window that begins on each day of the calendar.

        Parameters
        ----------
        window : int
            Days after the day itself.
        without : int, optional
            Position of an answer to leave out.

        Returns
        -------
        numpy.ndarray of bool
        """
        second = self.second if without is None else numpy.delete(self.second, without)
        hit = numpy.zeros(self.length, dtype=bool)
        for back in range(window + 1):
            hit[(second - back) % self.length] = True
        return hit

    def shares(self, hit: numpy.ndarray) -> numpy.ndarray:
        """Share of the first side's acts that are followed, for every shift of the second side's calendar.

        Returns
        -------
        numpy.ndarray
            Position s holds the share if every answer had come s days later; position 0 is what was observed.
        """
        # A circular cross-correlation, by the convolution theorem: all shifts at once.
        counts = numpy.bincount(self.first, minlength=self.length)
        spectrum = numpy.fft.rfft(counts).conj() * numpy.fft.rfft(hit)
        by_lead = numpy.fft.irfft(spectrum, n=self.length).round()
        return numpy.roll(by_lead[::-1], 1) / len(self.first)


def p_value(shares: numpy.ndarray, near: int | None = None) -> float:
    """Share of the shifts, the observed alignment among them, under which at least as many acts are followed.

    Parameters
    ----------
    shares : numpy.ndarray
        What `Calendar.shares` gives.
    near : int, optional
        Count only shifts of at most so many days, in either direction.

    Examples
    --------
    >>> p_value(numpy.array([0.5, 0.1, 0.5, 0.2]))
    0.5
    """
    if near is not None and 2 * near + 1 < len(shares):
        shares = numpy.concatenate([shares[: near + 1], shares[-near:]])
    return float((shares >= shares[0] - 1e-9).mean())


def test(frames: Frames, first: str, second: str, window: int = WINDOW, grades: tuple = GRADES) -> dict:
    """One permutation test.

    Parameters
    ----------
    first, second : str
        Side whose acts may be answered, and side that may answer.

    Returns
    -------
    dict
        acts, answers (numbers of acts of the two sides), followed (observed share), expected (mean over all shifts), p (all shifts), p_near
        (shifts of at most `NEAR` days).
    """
    calendar = Calendar.of(acts(frames, first, grades)["day"], acts(frames, second, grades)["day"])
    shares = calendar.shares(calendar.followed(window))
    return {
        "acts": len(calendar.first),
        "answers": len(calendar.second),
        "followed": round(shares[0], 3),
        "expected": round(shares.mean(), 3),
        "p": round(p_value(shares), 4),
        "p_near": round(p_value(shares, NEAR), 4),
    }


DIRECTIONS = {"Beijing after Washington": ("us_and_allies", "china"), "Washington after Beijing": ("china", "us_and_allies")}
GRADE_SETS = {"all grades": GRADES, "A and B": ("A", "B"), "A only": ("A",)}


def by_window(frames: Frames) -> pandas.DataFrame:
    """The test for every direction and window.

    Returns
    -------
    pandas.DataFrame
        One row per direction and window, columns as in `test`.
    """
    rows = [{"direction": name, "window": w, **test(frames, *sides, window=w)} for name, sides in DIRECTIONS.items() for w in WINDOWS]
    return pandas.DataFrame(rows).set_index(["direction", "window"])


def by_grade(frames: Frames) -> pandas.DataFrame:
    """The test for every direction and set of confidence grades, at the main window.

    Returns
    -------
    pandas.DataFrame
        One row per direction and set, columns as in `test`.
    """
    rows = [{"direction": name, "grades": g, **test(frames, *sides, grades=chosen)} for name, sides in DIRECTIONS.items() for g, chosen in GRADE_SETS.items()]
    return pandas.DataFrame(rows).set_index(["direction", "grades"])


def leave_one_out(frames: Frames, first: str, second: str, window: int = WINDOW, near: int | None = NEAR) -> pandas.DataFrame:
    """The p-value without each single event in turn.

    Returns
    -------
    pandas.DataFrame
        One row per event of either side: event_id, title, part (act or answer), p; the largest p first.
    """
    one, other = acts(frames, first), acts(frames, second)
    calendar = Calendar.of(one["day"], other["day"])
    rows = []
    hit = calendar.followed(window)
    for i, act in one.iterrows():
        fewer = Calendar(numpy.delete(calendar.first, i), calendar.second, calendar.length)
        rows.append((act["event_id"], act["title"], "act", p_value(fewer.shares(hit), near)))
    for i, answer in other.iterrows():
        rows.append((answer["event_id"], answer["title"], "answer", p_value(calendar.shares(calendar.followed(window, without=i)), near)))
    table = pandas.DataFrame(rows, columns=["event_id", "title", "part", "p"])
    return table.sort_values(["p", "event_id"], ascending=[False, True]).reset_index(drop=True)


def asserted(frames: Frames) -> pandas.DataFrame:
    """Every retaliation in the data with its lag.

    Returns
    -------
    pandas.DataFrame
        One row per relation retaliates_for: event_id, title, side, related_event_id, related_title, related_side, asserted_by, lag (days
        between the latest dates; empty where either date is wider than a week).
    """
    events = frames.events[["event_id", "title", "side", "date_latest", "date_precision"]]
    table = frames.relations[frames.relations["relation"] == "retaliates_for"].merge(events, on="event_id")
    table = table.merge(events.add_prefix("related_"), on="related_event_id")
    precise = table["date_precision"].isin(PRECISE) & table["related_date_precision"].isin(PRECISE)
    table["lag"] = (table["date_latest"] - table["related_date_latest"]).dt.days.astype("Int64").where(precise)
    columns = ["event_id", "title", "side", "related_event_id", "related_title", "related_side", "asserted_by", "lag"]
    return table[columns].sort_values(["asserted_by", "lag", "event_id"]).reset_index(drop=True)


def lags(frames: Frames) -> pandas.DataFrame:
    """Lags of the retaliations by who asserts them.

    Returns
    -------
    pandas.DataFrame
        One row per code of asserted_by: relations, dated (both dates known to the week), median, shortest, longest lag in days, within
        (of the dated ones, how many fall within the main window).
    """
    rows = []
    table = asserted(frames)
    for code, name in ASSERTED.items():
        part = table[table["asserted_by"] == code]
        lag = part["lag"].dropna()
        stats = (float(lag.median()), int(lag.min()), int(lag.max())) if len(lag) else (float("nan"), pandas.NA, pandas.NA)
        rows.append((name, len(part), len(lag), *stats, int(lag.between(0, WINDOW).sum())))
    return pandas.DataFrame(rows, columns=["asserted_by", "relations", "dated", "median", "shortest", "longest", "within"]).set_index("asserted_by")


def timing_alone(frames: Frames, first: str = "us_and_allies", second: str = "china") -> pandas.DataFrame:
    """The answers that timing alone would give, beside those that somebody asserts.

    Every act of the second side within the window after one of the first is a pair by timing. Asserted pairs are relations retaliates_for
    between the two sides on somebody's word.

    Returns
    -------
    pandas.DataFrame
        One row per window: by_timing (pairs), asserted_and_near (asserted pairs among them), precision (asserted_and_near / by_timing),
        asserted (all dated asserted pairs), recall (asserted_and_near / asserted).
    """
    one, other = acts(frames, first), acts(frames, second)
    lag = other["day"].to_numpy()[:, None] - one["day"].to_numpy()[None, :]
    lag = lag / numpy.timedelta64(1, "D")
    said = asserted(frames)
    said = said[said["asserted_by"] != "timing_only"]
    said = set(zip(said["event_id"], said["related_event_id"]))
    known = numpy.array([[(a, b) in said for b in one["event_id"]] for a in other["event_id"]], dtype=bool).reshape(lag.shape)
    rows = []
    for window in WINDOWS:
        near = (lag >= 0) & (lag <= window)
        both, pairs, all_said = int((near & known).sum()), int(near.sum()), int(known.sum())
        rows.append((window, pairs, both, round(both / max(pairs, 1), 3), all_said, round(both / max(all_said, 1), 3)))
    return pandas.DataFrame(rows, columns=["window", "by_timing", "asserted_and_near", "precision", "asserted", "recall"]).set_index("window")


def draw_null(frames: Frames):
    """Observed shares against both nulls, one panel per direction.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = figures.new(11, 4.6, columns=2, sharey=True, sharex=True)
    for axes, (name, sides) in zip(panels, DIRECTIONS.items()):
        calendar = Calendar.of(acts(frames, sides[0])["day"], acts(frames, sides[1])["day"])
        shares = calendar.shares(calendar.followed(WINDOW))
        near = numpy.concatenate([shares[: NEAR + 1], shares[-NEAR:]])
        bins = numpy.linspace(0, 1, 41)
        axes.hist(shares, bins=bins, weights=numpy.full(len(shares), 1 / len(shares)), color=figures.COLOURS["sky"], label="any shift", edgecolor="white")
        axes.hist(
            near,
            bins=bins,
            weights=numpy.full(len(near), 1 / len(near)),
            histtype="step",
            color=figures.COLOURS["blue"],
            hatch="///",
            linewidth=1.4,
            label=f"shifts of at most {NEAR} days",
        )
        axes.axvline(shares[0], color=figures.COLOURS["vermilion"], linewidth=2.4, label="observed")
        axes.set_title(f"{name}: {_p(p_value(shares))}, near shifts {_p(p_value(shares, NEAR))}", loc="left", fontsize=10)
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        axes.set_xlabel(f"Acts followed within {WINDOW} days")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("Share of shifts")
    panels[1].legend(loc="upper left", frameon=False, fontsize=9)
    followed = [f"{test(frames, *sides)['followed']:.0%}" for sides in DIRECTIONS.values()]
    figures.headed(
        figure,
        f"Beijing tightened within {WINDOW} days of {followed[0]} of Washington's acts, Washington of {followed[1]} of Beijing's",
        "Source: China AI Controls, events that tighten, dated to the week or better. Null: every circular shift of the answering side.",
    )
    return figure


def _p(value: float) -> str:
    """A share of shifts as it is written: never as nothing."""
    return "p < 0.001" if value < 0.0005 else f"p = {value:.3f}"


def draw_windows(frames: Frames):
    """Observed and expected shares by window, one panel per direction.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = by_window(frames)
    figure, panels = figures.new(11, 4.2, columns=2, sharey=True)
    for axes, name in zip(panels, DIRECTIONS):
        part = table.loc[name]
        places = range(len(part))
        axes.plot(places, part["followed"], marker="o", color=figures.COLOURS["vermilion"], linewidth=2, label="observed")
        axes.plot(places, part["expected"], marker="s", color=figures.COLOURS["blue"], linestyle="--", linewidth=2, label="mean of all shifts")
        for place, (_, row) in zip(places, part.iterrows()):
            axes.annotate(_p(row["p_near"]), (place, row["followed"]), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8.5)
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_xticks(places, part.index)
        axes.margins(x=0.1)
        axes.set_xlabel("Window in days")
        axes.set_ylim(0, 1.12)
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("Acts followed")
    main = table.loc[("Beijing after Washington", WINDOW)]
    chance = main["expected"] / main["followed"]
    panels[1].legend(loc="lower right", frameon=False)
    figures.headed(
        figure,
        f"Within {WINDOW} days, shifted calendars give {chance:.0%} of the answers that are seen after Washington's acts",
        f"Source: China AI Controls. p: share of shifts of at most {NEAR} days with as many acts followed.",
    )
    return figure


def draw_lags(frames: Frames):
    """Every asserted retaliation with its lag, by who asserts it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = asserted(frames).dropna(subset=["lag"])
    table = table[table["asserted_by"] != "timing_only"]
    figure, axes = figures.new(10, 3.6)
    marks = {"actor": ("blue", "o"), "report": ("orange", "s"), "analyst": ("green", "^")}
    for y, (code, (colour, shape)) in enumerate(marks.items()):
        part = table[table["asserted_by"] == code].reset_index(drop=True)
        # Marks of equal lag are set apart in a fixed pattern, so that none hides another.
        axes.scatter(part["lag"], y + (part.index * 4 % 9 - 4) * 0.07, marker=shape, s=46, color=figures.COLOURS[colour], edgecolor="white", linewidth=0.5)
    axes.set_yticks(range(len(marks)), [ASSERTED[c] for c in marks])
    axes.set_ylim(-0.6, len(marks) - 0.4)
    axes.axvspan(0, WINDOW, color="#EEEEEE", zorder=0)
    axes.set_xscale("symlog", linthresh=10)
    ticks = [0, 2, 5, 10, 30, 100, 365, 1000, 3000]
    axes.set_xticks([t for t in ticks if t <= table["lag"].max() * 1.2], [str(t) for t in ticks if t <= table["lag"].max() * 1.2])
    axes.minorticks_off()
    axes.set_xlabel(f"Days between act and answer (grey: the window of {WINDOW} days)")
    axes.set_ylabel("On whose word")
    axes.spines[["top", "right"]].set_visible(False)
    within = table["lag"].between(0, WINDOW).mean()
    figures.titled(
        axes,
        f"{within:.0%} of {len(table)} asserted retaliations came within {WINDOW} days",
        "Source: China AI Controls, event_relations retaliates_for whose two dates are known to the week.",
    )
    return figure


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    rows = []
    for name, (first, second) in DIRECTIONS.items():
        code = f"{second}_after_{first}"
        result = test(frames, first, second)
        rows += [
            (f"{code}.acts", f"Acts that may be answered, {name}", result["acts"], "events that tighten, dated to the week or better"),
            (f"{code}.followed", f"Share followed within {WINDOW} days, {name}", result["followed"], "observed share"),
            (f"{code}.expected", f"Share expected, {name}", result["expected"], "mean over all circular shifts"),
            (f"{code}.p", f"p-value, any shift, {name}", result["p"], "share of shifts with at least the observed share"),
            (f"{code}.p_near", f"p-value, shifts of at most {NEAR} days, {name}", result["p_near"], "share of those shifts"),
        ]
        dropped = leave_one_out(frames, first, second)["p"]
        rows += [
            (f"{code}.p_lowest", f"Lowest p-value without any one event, near shifts, {name}", round(dropped.min(), 4), "leave one out"),
            (f"{code}.p_highest", f"Highest p-value without any one event, near shifts, {name}", round(dropped.max(), 4), "leave one out"),
        ]
    timing, said = timing_alone(frames).loc[WINDOW], lags(frames)
    rows += [
        ("retaliations", "Retaliations that somebody asserts", said.drop(ASSERTED["timing_only"])["relations"].sum(), "relation retaliates_for"),
        ("retaliations_actor", "Of those, asserted by the actor itself", said.loc[ASSERTED["actor"], "relations"], "asserted_by actor"),
        ("pairs_by_timing", f"Pairs that timing alone would call answers, {WINDOW} days", int(timing["by_timing"]), "acts of Beijing after acts of Washington"),
        ("precision", "Share of those that somebody asserts", timing["precision"], "asserted_and_near / by_timing"),
        ("recall", f"Share of the asserted pairs that fall within {WINDOW} days", timing["recall"], "asserted_and_near / asserted"),
    ]
    return [Finding(f"answers.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"04_null": draw_null(frames), "04_windows": draw_windows(frames), "04_lags": draw_lags(frames)}
