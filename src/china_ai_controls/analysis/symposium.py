"""Symposium and standing: who sat with Xi Jinping in 2018 and 2025, and what happened to them and their firms before and after."""

from dataclasses import dataclass

import pandas

from ..evidence import derived
from ..schema import Package
from ..tables import load
from . import figures
from .findings import Finding

# The two symposiums on private enterprises and the person in the seed story. Keys are stable, so they may be named.
SYMPOSIUMS = {"E0017": 2018, "E0210": 2025}
PRESENT = ("presider", "speaker", "attendee")
MA = "A0123"
# Years looked at on either side of a symposium.
SPAN = 2
CAUSAL = ("cause", "motive", "effect")
SECTORS = {
    "ai_lab": "AI",
    "internet_platform": "Internet platforms",
    "semiconductors": "Semiconductors",
    "chip_equipment": "Chip equipment",
    "robotics": "Robotics",
    "telecom": "Telecommunications",
    "devices": "Devices",
    "cloud": "Cloud",
    "surveillance": "Surveillance",
    "automotive": "Cars and batteries",
    "materials": "Materials",
    "finance": "Finance",
    "other": "Other",
}


@dataclass(frozen=True)
class Frames:
    """The tables this question needs, and the derived facts."""

    events: pandas.DataFrame
    actors: pandas.DataFrame
    companies: pandas.DataFrame
    places: pandas.DataFrame
    event_actors: pandas.DataFrame
    event_companies: pandas.DataFrame
    claims: pandas.DataFrame
    claim_sources: pandas.DataFrame
    judged_events: pandas.DataFrame
    judged_claims: pandas.DataFrame

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape."""
        names = ("events", "actors", "companies", "places", "event_actors", "event_companies", "claims", "claim_sources")
        return cls(*(load(n, source=source) for n in names), derived("events", source), derived("claims", source))


def room(frames: Frames, symposiums: dict = SYMPOSIUMS) -> pandas.DataFrame:
    """Who from business was in the room.

    Returns
    -------
    pandas.DataFrame
        One row per symposium and person of a firm who presided, spoke or attended: year, name, name_zh, role, company, sector, region.
    """
    there = frames.event_actors[frames.event_actors["event_id"].isin(symposiums) & frames.event_actors["role"].isin(PRESENT)]
    people = there.merge(frames.actors[["actor_id", "name", "name_zh", "company_id"]], on="actor_id")
    firms = frames.companies[["company_id", "name", "sector", "hq_place_id"]].rename(columns={"name": "company"})
    table = people.merge(firms, on="company_id").merge(
        frames.places[["place_id", "name"]].rename(columns={"name": "region"}), left_on="hq_place_id", right_on="place_id", how="left"
    )
    table["year"] = table["event_id"].map(symposiums)
    return table[["year", "name", "name_zh", "role", "company", "sector", "region"]].sort_values(["year", "name"]).reset_index(drop=True)


def firms_in_room(frames: Frames, symposiums: dict = SYMPOSIUMS) -> pandas.DataFrame:
    """The firms represented at each symposium.

    Returns
    -------
    pandas.DataFrame
        One row per symposium and firm: year, company_id, name, name_zh, sector, region (empty where no page showed it).
    """
    there = frames.event_companies[frames.event_companies["event_id"].isin(symposiums) & (frames.event_companies["role"] == "represented")]
    table = there.merge(frames.companies[["company_id", "name", "name_zh", "sector", "hq_place_id"]], on="company_id")
    table = table.merge(frames.places[["place_id", "name"]].rename(columns={"name": "region"}), left_on="hq_place_id", right_on="place_id", how="left")
    table["year"] = table["event_id"].map(symposiums)
    return table[["year", "company_id", "name", "name_zh", "sector", "region"]].sort_values(["year", "name"]).reset_index(drop=True)


def sectors(frames: Frames, symposiums: dict = SYMPOSIUMS) -> pandas.DataFrame:
    """Firms in the room counted by sector.

    Returns
    -------
    pandas.DataFrame
        One row per sector with a firm, one column per year.
    """
    table = firms_in_room(frames, symposiums)
    counts = pandas.crosstab(table["sector"].astype("str"), table["year"]).reindex(index=list(SECTORS), columns=list(symposiums.values()), fill_value=0)
    return counts[counts.sum(axis=1) > 0].rename(index=SECTORS).rename_axis(index=None, columns=None)


def touched(frames: Frames) -> pandas.DataFrame:
    """Which event was aimed at which firm, itself or through one of its people.

    Returns
    -------
    pandas.DataFrame
        One row per event and firm: event_id, company_id, title, day (latest), side, direction.
    """
    own = frames.event_companies.loc[frames.event_companies["role"].isin(["target", "employer_of_target"]), ["event_id", "company_id"]]
    people = frames.event_actors.loc[frames.event_actors["role"] == "target", ["event_id", "actor_id"]]
    through = people.merge(frames.actors[["actor_id", "company_id"]], on="actor_id").dropna(subset=["company_id"])[["event_id", "company_id"]]
    pairs = pandas.concat([own, through]).drop_duplicates()
    events = frames.events[["event_id", "title", "date_latest", "side", "direction"]].rename(columns={"date_latest": "day"})
    return pairs.merge(events, on="event_id").sort_values(["company_id", "day", "event_id"]).reset_index(drop=True)


def standing(frames: Frames, symposiums: dict = SYMPOSIUMS) -> pandas.DataFrame:
    """What was aimed at each firm in the years before and after the symposium it was at.

    Returns
    -------
    pandas.DataFrame
        One row per symposium and firm: year, name, then events that tighten by Beijing and by Washington and allies, each before and after
        (`SPAN` years).
    """
    aimed = touched(frames)
    aimed = aimed[aimed["direction"] == "tightens"]
    days = frames.events.set_index("event_id")["date_latest"]
    held = {year: days[event] for event, year in symposiums.items() if event in days.index}
    rows = []
    for _, firm in firms_in_room(frames, symposiums).iterrows():
        own = aimed[aimed["company_id"] == firm["company_id"]]
        day, span = held[firm["year"]], pandas.DateOffset(years=SPAN)
        before, after = own["day"].between(day - span, day, inclusive="left"), own["day"].between(day, day + span, inclusive="right")
        china, abroad = own["side"] == "china", own["side"].isin(["united_states", "us_ally"])
        rows.append((firm["year"], firm["name"], *(int((side & when).sum()) for side in (china, abroad) for when in (before, after))))
    columns = ["year", "name", "beijing_before", "beijing_after", "washington_before", "washington_after"]
    return pandas.DataFrame(rows, columns=columns)


def chronology(frames: Frames, actor: str = MA) -> pandas.DataFrame:
    """A person's events, and those aimed at the firms that he stands for, in order.

    Returns
    -------
    pandas.DataFrame
        One row per event: event_id, date_earliest, date_latest, side, direction, title, n_reports, n_origins, confidence, contested.
    """
    own = set(frames.event_actors.loc[frames.event_actors["actor_id"] == actor, "event_id"])
    firm = set(frames.actors.loc[frames.actors["actor_id"] == actor, "company_id"].dropna())
    # Firms that share an event with him as targets stand in the same story: Ant Group beside Alibaba.
    beside = frames.event_companies[frames.event_companies["event_id"].isin(own) & frames.event_companies["role"].isin(["target", "employer_of_target"])]
    aimed = touched(frames)
    own |= set(aimed.loc[aimed["company_id"].isin(firm | set(beside["company_id"])) & (aimed["side"] == "china"), "event_id"])
    table = frames.events[frames.events["event_id"].isin(own)].merge(
        frames.judged_events[["event_id", "n_reports", "n_origins", "confidence", "contested"]], on="event_id"
    )
    columns = ["event_id", "date_earliest", "date_latest", "side", "direction", "title", "n_reports", "n_origins", "confidence", "contested"]
    return table[columns].sort_values(["date_latest", "event_id"]).reset_index(drop=True)


def causal_claims(frames: Frames, actor: str = MA) -> pandas.DataFrame:
    """What is said of causes, motives and effects in those events, each beside its evidence.

    Returns
    -------
    pandas.DataFrame
        One row per claim of aspect cause, motive or effect: claim_id, event_id, aspect, statement, n_reports, n_origins, confidence,
        contradicting (sources against it), instead (what those say).
    """
    events = chronology(frames, actor)["event_id"]
    table = frames.claims[frames.claims["event_id"].isin(events) & frames.claims["aspect"].isin(CAUSAL)].merge(
        frames.judged_claims[["claim_id", "n_reports", "n_origins", "confidence"]], on="claim_id"
    )
    against = frames.claim_sources[frames.claim_sources["stance"] == "contradicts"].groupby("claim_id")
    table["contradicting"] = table["claim_id"].map(against.size()).fillna(0).astype("int64")
    table["instead"] = table["claim_id"].map(against["note"].agg(lambda notes: " / ".join(sorted(set(notes))))).fillna("")
    order = frames.events.set_index("event_id")["date_latest"]
    return table.assign(day=table["event_id"].map(order)).sort_values(["day", "claim_id"]).drop(columns="day").reset_index(drop=True)


def draw_standing(frames: Frames, symposiums: dict = SYMPOSIUMS):
    """Every firm that was in either room as a line in time: the symposiums, and what was aimed at it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table, aimed = firms_in_room(frames, symposiums), touched(frames)
    days = frames.events.set_index("event_id")["date_latest"]
    firms = table.drop_duplicates("company_id").sort_values("name", ascending=False, key=lambda s: s.str.casefold()).reset_index(drop=True)
    figure, axes = figures.new(11, 0.33 * len(firms) + 1.9)
    for event, year in symposiums.items():
        axes.axvline(days[event], color="#BBBBBB", linewidth=1, zorder=0)
        there = firms.index[firms["company_id"].isin(table.loc[table["year"] == year, "company_id"])]
        axes.scatter(
            [days[event]] * len(there),
            there,
            marker="|",
            s=170,
            linewidth=2.6,
            color="black",
            label="in the room" if year == min(symposiums.values()) else None,
        )
    looks = {
        ("china", "tightens"): ("vermilion", "v", "Beijing tightens"),
        ("china", "loosens"): ("sky", "^", "Beijing loosens"),
        ("abroad", "tightens"): ("blue", "s", "Washington and allies tighten"),
        ("abroad", "loosens"): ("green", "D", "Washington and allies loosen"),
    }
    aimed = aimed.assign(whose=aimed["side"].astype("str").map({"china": "china", "united_states": "abroad", "us_ally": "abroad"}))
    for (whose, direction), (colour, shape, label) in looks.items():
        part = aimed[(aimed["whose"] == whose) & (aimed["direction"] == direction)].merge(firms.reset_index()[["index", "company_id"]], on="company_id")
        lift = 0.17 if whose == "china" else -0.17
        axes.scatter(
            part["day"], part["index"] + lift, marker=shape, s=34, color=figures.COLOURS[colour], edgecolor="white", linewidth=0.5, label=label, zorder=3
        )
    names = [f"{n} {z}" if isinstance(z, str) else n for n, z in zip(firms["name"], firms["name_zh"])]
    axes.set_yticks(firms.index, [figures.shortened(n, 44) for n in names], fontfamily=figures.WITH_CHINESE, fontsize=9)
    axes.set_ylim(-0.7, len(firms) - 0.3)
    axes.set_xlim(pandas.Timestamp("2017-01-01"), days.max() + pandas.Timedelta(days=60))
    axes.grid(axis="y", color="#F2F2F2")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=5, frameon=False, fontsize=8.5, columnspacing=1, handletextpad=0.3)
    hit = firms["company_id"].isin(aimed.loc[(aimed["whose"] == "abroad") & (aimed["direction"] == "tightens"), "company_id"]).sum()
    home = firms["company_id"].isin(aimed.loc[(aimed["whose"] == "china") & (aimed["direction"] == "tightens"), "company_id"]).sum()
    figures.titled(
        axes,
        f"Of {len(firms)} firms in the rooms, {hit} were targets of Washington or allies and {home} of Beijing",
        "Source: China AI Controls, events with the firm or one of its people as target. An empty line means that nothing was coded.",
    )
    return figure


def draw_sectors(frames: Frames, symposiums: dict = SYMPOSIUMS):
    """Firms in the two rooms by sector, side by side.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = sectors(frames, symposiums).iloc[::-1]
    figure, axes = figures.new(8.5, 0.45 * len(table) + 1.6)
    first, last = table.columns
    axes.barh([y - 0.2 for y in range(len(table))], table[last], height=0.38, color=figures.COLOURS["blue"], label=str(last))
    axes.barh([y + 0.2 for y in range(len(table))], table[first], height=0.38, color=figures.COLOURS["sky"], hatch="///", edgecolor="white", label=str(first))
    axes.set_yticks(range(len(table)), table.index)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("Firms named as represented")
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper right", frameon=False)
    technology = [SECTORS[s] for s in SECTORS if s not in ("other", "finance", "materials")]
    share = (table.loc[table.index.isin(technology)].sum() / table.sum()).map("{:.0%}".format)
    figures.titled(
        axes,
        f"Technology firms were {share[first]} of the named guests in {first} and {share[last]} in {last}",
        "Source: China AI Controls, firms with role represented; lists of guests in the sources are partial.",
    )
    return figure


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    firms, told, causes = firms_in_room(frames), chronology(frames), causal_claims(frames)
    both = firms.groupby("company_id")["year"].nunique().eq(len(SYMPOSIUMS)).sum()
    state = standing(frames)
    rows = [
        *(
            (f"firms_{year}", f"Firms named as represented in {year}", (firms["year"] == year).sum(), "event_companies with role represented")
            for year in SYMPOSIUMS.values()
        ),
        ("firms_both", "Firms represented at both", both, "the same company_id in both"),
        *(
            (
                f"{who}_{when}_{year}",
                f"Tightening acts of {name} on the firms of {year}, {SPAN} years {when}",
                state.loc[state["year"] == year, f"{who}_{when}"].sum(),
                "events with the firm or its people as target",
            )
            for year in SYMPOSIUMS.values()
            for who, name in (("beijing", "Beijing"), ("washington", "Washington and allies"))
            for when in ("before", "after")
        ),
        ("ma_events", "Events in the chronology of Jack Ma", len(told), "his own, and Beijing's acts on firms targeted with him"),
        ("ma_causal", "Claims on causes, motives and effects among them", len(causes), "aspect cause, motive or effect"),
        ("ma_causal_contested", "Of those, contradicted by a source", causes["contradicting"].gt(0).sum(), "stance contradicts"),
        ("ma_causal_one_origin", "Of those, resting on one origin", (causes["n_origins"] == 1).sum(), "n_origins of the claim"),
    ]
    return [Finding(f"symposium.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"05_standing": draw_standing(frames), "05_sectors": draw_sectors(frames)}
