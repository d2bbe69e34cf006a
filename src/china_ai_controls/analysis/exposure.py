"""Who is exposed: firms and regions by the controls of both sides, and the network of authorities, measures and firms."""

from dataclasses import dataclass

import pandas

from ..schema import Package
from ..tables import load
from . import figures
from .findings import Finding

BEIJING, ABROAD = "china", "abroad"
WHOSE = {"china": BEIJING, "united_states": ABROAD, "us_ally": ABROAD}
NAMES = {BEIJING: "Beijing", ABROAD: "Washington and allies"}
AIMED = ("target", "employer_of_target")
# Firms with fewer events are left out of the network, which nobody could read with them.
LEAST = 2


@dataclass(frozen=True)
class Frames:
    """The tables this question needs."""

    events: pandas.DataFrame
    companies: pandas.DataFrame
    actors: pandas.DataFrame
    places: pandas.DataFrame
    measures: pandas.DataFrame
    measure_events: pandas.DataFrame
    event_companies: pandas.DataFrame
    event_places: pandas.DataFrame

    @classmethod
    def load(cls, source: Package | None = None) -> "Frames":
        """From the installed package, or another one of its shape."""
        names = ("events", "companies", "actors", "places", "measures", "measure_events", "event_companies", "event_places")
        return cls(*(load(n, source=source) for n in names))


def tightening(frames: Frames) -> pandas.DataFrame:
    """The events of the two sides that tighten a control.

    Returns
    -------
    pandas.DataFrame
        One row per event: event_id, whose (``china`` or ``abroad``).
    """
    events = frames.events[(frames.events["direction"] == "tightens")]
    table = events[["event_id"]].assign(whose=events["side"].astype("str").map(WHOSE))
    return table.dropna(subset=["whose"]).reset_index(drop=True)


def firms(frames: Frames) -> pandas.DataFrame:
    """Every firm at which such an event was aimed.

    Returns
    -------
    pandas.DataFrame
        One row per firm, most exposed first: company_id, name, name_zh, country, sector, region_id, china, abroad (numbers of events), both.
    """
    aimed = frames.event_companies[frames.event_companies["role"].isin(AIMED)][["event_id", "company_id"]].drop_duplicates()
    pairs = aimed.merge(tightening(frames), on="event_id")
    counts = pandas.crosstab(pairs["company_id"], pairs["whose"]).reindex(columns=[BEIJING, ABROAD], fill_value=0).reset_index()
    table = counts.merge(frames.companies[["company_id", "name", "name_zh", "country", "sector", "hq_place_id"]], on="company_id")
    table = table.rename(columns={"hq_place_id": "region_id"})
    table["both"] = (table[BEIJING] > 0) & (table[ABROAD] > 0)
    table["all"] = table[BEIJING] + table[ABROAD]
    columns = ["company_id", "name", "name_zh", "country", "sector", "region_id", BEIJING, ABROAD, "both"]
    return table.sort_values(["all", "name"], ascending=[False, True])[columns].reset_index(drop=True)


def sectors(frames: Frames) -> pandas.DataFrame:
    """Exposed firms of China and of other countries by sector.

    Returns
    -------
    pandas.DataFrame
        One row per sector: firms, china (events of Beijing), abroad (events of Washington and allies), both (firms hit by both sides).
    """
    table = firms(frames).assign(sector=lambda t: t["sector"].astype("str"))
    grouped = table.groupby("sector")
    out = pandas.DataFrame({"firms": grouped.size(), BEIJING: grouped[BEIJING].sum(), ABROAD: grouped[ABROAD].sum(), "both": grouped["both"].sum()})
    return out.sort_values(["firms", "sector"], ascending=[False, True])


def regions(frames: Frames) -> pandas.DataFrame:
    """Regions of China by the exposed firms that have their head office there, and by the events said to apply there.

    Returns
    -------
    pandas.DataFrame
        One row per region with either: place_id, name, latitude, longitude, firms, china, abroad (events aimed at those firms), applies
        (tightening events of Beijing with role applies_in in that region).
    """
    table = firms(frames)
    home = table[table["region_id"].str.startswith("CN-", na=False)].groupby("region_id")
    head = pandas.DataFrame({"firms": home.size(), BEIJING: home[BEIJING].sum(), ABROAD: home[ABROAD].sum()})
    own = tightening(frames).query("whose == @BEIJING")["event_id"]
    there = frames.event_places[frames.event_places["event_id"].isin(own) & (frames.event_places["role"] == "applies_in")]
    applies = there[there["place_id"].str.startswith("CN-")].groupby("place_id")["event_id"].nunique().rename("applies")
    joined = head.join(applies, how="outer").fillna(0).astype("int64").rename_axis("place_id").reset_index()
    out = joined.merge(frames.places[["place_id", "name", "latitude", "longitude"]], on="place_id")
    columns = ["place_id", "name", "latitude", "longitude", "firms", BEIJING, ABROAD, "applies"]
    return out[columns].sort_values(["firms", "applies", "place_id"], ascending=[False, False, True]).reset_index(drop=True)


def located(frames: Frames) -> float:
    """Share of the exposed firms of China whose region a page showed."""
    table = firms(frames)
    return float(table.loc[table["country"] == "CN", "region_id"].notna().mean())


def network(frames: Frames, least: int = LEAST):
    """Who issued which measure, and at which firms the stages of it were aimed.

    Parameters
    ----------
    least : int
        Firms with fewer measures are left out.

    Returns
    -------
    networkx.DiGraph
        Nodes are keys with ``kind`` (actor, measure, company), ``label`` and, for measures, ``whose``; edges run from issuer to measure and
        from measure to firm.
    """
    import networkx

    measures = frames.measures.assign(whose=frames.measures["side"].astype("str").map(WHOSE)).dropna(subset=["whose"])
    aimed = frames.event_companies[frames.event_companies["role"].isin(AIMED)]
    pairs = frames.measure_events.merge(aimed[["event_id", "company_id"]], on="event_id")[["measure_id", "company_id"]].drop_duplicates()
    pairs = pairs[pairs["measure_id"].isin(measures["measure_id"])]
    often = pairs["company_id"].value_counts()
    pairs = pairs[pairs["company_id"].isin(often.index[often >= least])].sort_values(["measure_id", "company_id"])
    graph = networkx.DiGraph()
    firm_names = frames.companies.set_index("company_id")["name"]
    actor_names = frames.actors.set_index("actor_id")["name"]
    about = measures.set_index("measure_id")
    for measure, company in pairs.itertuples(index=False, name=None):
        graph.add_node(measure, kind="measure", label=about.loc[measure, "title"], whose=about.loc[measure, "whose"])
        graph.add_node(company, kind="company", label=firm_names[company])
        graph.add_edge(measure, company)
        issuer = about.loc[measure, "issuer_id"]
        if isinstance(issuer, str):
            graph.add_node(issuer, kind="actor", label=actor_names[issuer], whose=about.loc[measure, "whose"])
            graph.add_edge(issuer, measure)
    return graph


def central(frames: Frames, most: int = 12) -> pandas.DataFrame:
    """The nodes of the network with most ties.

    Returns
    -------
    pandas.DataFrame
        One row per node: key, kind, label, ties, betweenness (share of shortest paths of the undirected network that run through it).
    """
    import networkx

    graph = network(frames)
    between = networkx.betweenness_centrality(graph.to_undirected()) if len(graph) else {}
    rows = [(n, graph.nodes[n]["kind"], graph.nodes[n]["label"], graph.degree(n), round(between[n], 3)) for n in graph]
    table = pandas.DataFrame(rows, columns=["key", "kind", "label", "ties", "betweenness"])
    return table.sort_values(["ties", "key"], ascending=[False, True]).head(most).reset_index(drop=True)


def draw_firms(frames: Frames, most: int = 30):
    """The most exposed firms: Beijing's events to the left, those of Washington and allies to the right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    every = firms(frames)
    table = every.head(most).iloc[::-1].reset_index(drop=True)
    figure, axes = figures.new(10.5, 0.29 * len(table) + 1.8)
    axes.barh(table.index, -table[BEIJING], color=figures.COLOURS["vermilion"], hatch="///", edgecolor="white", label=NAMES[BEIJING])
    axes.barh(table.index, table[ABROAD], color=figures.COLOURS["blue"], edgecolor="white", label=NAMES[ABROAD])
    names = [f"{n} {z} ({c})" if isinstance(z, str) else f"{n} ({c})" for n, z, c in zip(table["name"], table["name_zh"], table["country"])]
    axes.set_yticks(table.index, [figures.shortened(n, 52) for n in names], fontfamily=figures.WITH_CHINESE, fontsize=8.5)
    reach = max(table[BEIJING].max(), table[ABROAD].max()) + 1
    axes.set_xlim(-reach, reach)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.xaxis.set_major_formatter(lambda v, _: f"{abs(v):.0f}")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("Tightening events aimed at the firm")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", frameon=False)
    figures.titled(
        axes,
        f"{every['both'].sum()} of {len(every)} exposed firms are targets of both sides",
        f"Source: China AI Controls, event_companies with role target or employer_of_target; the {len(table)} most exposed are drawn.",
    )
    return figure


def draw_map(frames: Frames):
    """China by plain coordinates: head offices of exposed firms, and where Beijing's controls are said to apply.

    No borders are drawn: no statement on any is meant.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = regions(frames)
    figure, axes = figures.new(10, 7.2)
    # One degree of longitude is shorter than one of latitude; the middle of the map sets the ratio.
    axes.set_aspect(1.25)
    axes.scatter(
        table["longitude"],
        table["latitude"],
        s=45 * table["firms"],
        color=figures.COLOURS["sky"],
        edgecolor=figures.COLOURS["blue"],
        alpha=0.75,
        label="exposed firms with head office there",
    )
    ringed = table[table["applies"] > 0]
    axes.scatter(
        ringed["longitude"],
        ringed["latitude"],
        s=60 * ringed["applies"] + 40,
        facecolor="none",
        edgecolor=figures.COLOURS["vermilion"],
        linewidth=2,
        linestyle="--",
        label="controls of Beijing said to apply there",
    )
    for _, row in table.iterrows():
        said = f", {row['applies']} apply" if row["applies"] else ""
        firms_there = f"{row['firms']} firm{'' if row['firms'] == 1 else 's'}" if row["firms"] else "no firm"
        eastwards = row["longitude"] >= LABEL_LEFT_OF and row["place_id"] not in WRITTEN_LEFT
        side, offset = ("left", 9) if eastwards else ("right", -9)
        axes.annotate(
            f"{row['name']}: {firms_there}{said}",
            (row["longitude"], row["latitude"]),
            xytext=(offset, LIFT.get(row["place_id"], 0)),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )
    axes.set_xlim(table["longitude"].min() - 14, table["longitude"].max() + 12)
    axes.set_ylim(table["latitude"].min() - 3, table["latitude"].max() + 4)
    axes.set_xlabel("Longitude")
    axes.set_ylabel("Latitude")
    axes.grid(color="#F0F0F0")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    legend = axes.legend(loc="upper left", frameon=False)
    for handle in legend.legend_handles:
        handle.set_sizes([110])
    three = table.loc[table["place_id"].isin(["CN-BJ", "CN-SH", "CN-ZJ"]), "firms"].sum()
    figures.titled(
        axes,
        f"Beijing, Shanghai and Zhejiang are home to {three} of {table['firms'].sum()} exposed firms whose region is known",
        f"Source: China AI Controls; seats of regions from GeoNames. {located(frames):.0%} of the exposed firms of China have a region in the data.",
    )
    return figure


# Labels of seats that lie close together are moved apart, in points; those in the west of the crowd are written leftwards.
LABEL_LEFT_OF = 115.5
WRITTEN_LEFT = {"CN-AH", "CN-HB"}
LIFT = {"CN-BJ": 9, "CN-TJ": -7, "CN-SH": -3, "CN-ZJ": -12, "CN-JS": 12, "CN-HB": -6, "CN-AH": 4, "CN-GD": -4, "CN-HE": -10}


def draw_network(frames: Frames):
    """Three columns: measures of Beijing, firms under measures of both sides, measures of Washington and allies.

    Returns
    -------
    matplotlib.figure.Figure
    """
    whole = network(frames)
    every = [n for n in whole if whole.nodes[n]["kind"] == "company"]
    between = [n for n in every if {whole.nodes[m]["whose"] for m in whole.predecessors(n)} == {BEIJING, ABROAD}]
    graph = whole.subgraph({*between, *(m for n in between for m in whole.predecessors(n))})
    columns = {
        0: [n for n in graph if graph.nodes[n]["kind"] == "measure" and graph.nodes[n]["whose"] == BEIJING],
        1: between,
        2: [n for n in graph if graph.nodes[n]["kind"] == "measure" and graph.nodes[n]["whose"] == ABROAD],
    }
    place = _settled(graph, columns)
    figure, axes = figures.new(14, max(0.24 * max(len(c) for c in columns.values()) + 1.4, 4))
    for a, b in sorted(graph.edges):
        if a in place and b in place:
            beijing = graph.nodes[a]["whose"] == BEIJING
            colour = figures.COLOURS["vermilion" if beijing else "blue"]
            axes.plot(
                [place[a][0], place[b][0]], [place[a][1], place[b][1]], color=colour, linewidth=0.9, alpha=0.55, linestyle="-" if beijing else "--", zorder=1
            )
    looks = {0: ("vermilion", "v", "right", -0.03), 1: ("grey", "o", "center", 0), 2: ("blue", "s", "left", 0.03)}
    for x, column in columns.items():
        colour, shape, side, offset = looks[x]
        for node in column:
            _, y = place[node]
            label = figures.shortened(graph.nodes[node]["label"], 58)
            if x == 1:
                axes.text(
                    x,
                    y,
                    label,
                    ha="center",
                    va="center",
                    fontsize=8,
                    bbox={"facecolor": "white", "edgecolor": "#888888", "boxstyle": "round,pad=0.25"},
                    zorder=3,
                )
            else:
                axes.scatter(x, y, marker=shape, s=26, color=figures.COLOURS[colour], zorder=2)
                axes.text(x + offset, y, label, ha=side, va="center", fontsize=7.5)
    for x, heading in ((0, "Measures of Beijing"), (1, "Firms"), (2, "Measures of Washington and allies")):
        axes.text(x, 1.03, heading, ha="center", fontsize=10, fontweight="bold")
    axes.set_xlim(-1.15, 3.15)
    axes.set_ylim(-0.02, 1.06)
    axes.axis("off")
    figures.titled(
        axes,
        f"{len(between)} of {len(every)} firms with {LEAST} measures or more stand under measures of both sides",
        "Source: China AI Controls, measures whose stages were aimed at the firm; only the firms under measures of both sides are drawn.",
    )
    return figure


def _settled(graph, columns: dict) -> dict[str, tuple[float, float]]:
    """Rows of each column in an order with few crossings: each node near the mean of its neighbours, a few times over."""
    height = {n: i / max(len(c) - 1, 1) for c in columns.values() for i, n in enumerate(sorted(c))}
    near = graph.to_undirected()
    for _ in range(12):
        for column in columns.values():
            wished = {n: sum(height[m] for m in near[n] if m in height) / max(sum(m in height for m in near[n]), 1) for n in column}
            for i, n in enumerate(sorted(column, key=lambda n: (wished[n], n))):
                height[n] = (i + 0.5) / len(column)
    return {n: (x, 1 - height[n]) for x, column in columns.items() for n in column}


def findings(frames: Frames) -> list[Finding]:
    """The published numbers of this notebook."""
    table, there, graph = firms(frames), regions(frames), network(frames)
    kinds = pandas.Series([graph.nodes[n]["kind"] for n in graph], dtype="str").value_counts()
    own = table[table["country"] == "CN"]
    rows = [
        ("firms", "Firms at which a tightening event was aimed", len(table), "event_companies with role target or employer_of_target"),
        ("firms_china", "Of those, firms of China", len(own), "country CN"),
        ("firms_beijing", "Firms at which an event of Beijing was aimed", (table[BEIJING] > 0).sum(), "events of side china"),
        (
            "firms_abroad",
            "Firms at which an event of Washington or allies was aimed",
            (table[ABROAD] > 0).sum(),
            "events of the sides united_states and us_ally",
        ),
        ("firms_both", "Firms at which events of both were aimed", table["both"].sum(), "both counts above 0"),
        ("own_by_beijing", "Firms of China at which an event of Beijing was aimed", (own[BEIJING] > 0).sum(), "country CN, side china"),
        ("most", "Most exposed firm", table.iloc[0]["name"], "most events of both sides"),
        ("located", "Share of the exposed firms of China with a region", round(located(frames), 2), "hq_place_id"),
        ("regions", "Regions of China with an exposed firm or a control said to apply there", len(there), "regions"),
        ("applies", "Regions in which a tightening control of Beijing is said to apply", (there["applies"] > 0).sum(), "event_places with role applies_in"),
        *((f"network_{k}", f"Nodes of the network: {k}", kinds.get(k, 0), f"firms with {LEAST} measures or more") for k in ("actor", "measure", "company")),
    ]
    return [Finding(f"exposure.{name}", statement, str(value), how) for name, statement, value, how in rows]


def all_figures(frames: Frames) -> dict:
    """The figures of this notebook by name."""
    return {"06_firms": draw_firms(frames), "06_map": draw_map(frames), "06_network": draw_network(frames)}
