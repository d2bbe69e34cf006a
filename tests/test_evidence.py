"""Every branch of the derived facts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china_ai_controls import asof
from china_ai_controls.errors import DataError
from china_ai_controls.evidence import GRADES, Derivation, Evidence, Origin, date_precision, derived, drift_summary, grade, verb_drift
from china_ai_controls.tables import columns

PLAIN = {"aggregator": False, "documentary": False, "states_basis": True}


def origin(**facts):
    return Origin(**{**PLAIN, **facts})


@pytest.mark.parametrize(
    ("origins", "own_text", "expected"),
    [
        pytest.param([origin()], True, "A", id="own text in hand is A"),
        pytest.param([origin(), origin(documentary=True)], False, "A", id="two origins, one documentary, are A"),
        pytest.param([origin(), origin()], False, "B", id="two origins, none documentary, are B"),
        pytest.param([origin()], False, "C", id="one origin is C"),
        pytest.param([origin(documentary=True)], False, "C", id="one documentary origin that is not the own text is C"),
        pytest.param([origin(), origin(aggregator=True)], False, "C", id="an aggregator does not make a second origin"),
        pytest.param([origin(aggregator=True), origin(aggregator=True)], False, "C", id="two aggregators are no more than C"),
        pytest.param([origin(states_basis=False), origin(states_basis=False)], False, "D", id="origins that state no basis are D however many"),
        pytest.param([origin(states_basis=False), origin()], False, "B", id="one of two origins states its basis, so B"),
    ],
)
def test_confidence(origins, own_text, expected):
    assert grade(origins, own_text) == expected


def evidence(sources, links, backing, claims=(("K0001", "E0001", "occurrence"),)):
    """A package of columns from short tuples: source (id, published, type, role, seen); link; backing (claim, source, stance, basis)."""

    def table(names, rows):
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    return Evidence(
        {
            "sources": table(("source_id", "published", "source_type", "report_role", "seen"), sources),
            "source_links": table(("source_id", "relies_on_id"), links),
            "claims": table(("claim_id", "event_id", "aspect"), claims),
            "claim_sources": table(("claim_id", "source_id", "stance", "sourcing_basis"), backing),
            "measure_events": table(("measure_id", "event_id", "stage"), ()),
            "events": table(("event_id", "date_earliest", "date_latest"), ()),
        }
    )


DAY = date(2025, 2, 28)
PAPER = ("S0001", DAY, "news", "original", "cited_only")


def test_own_text_that_nobody_read_is_not_in_hand():
    found = evidence([("S0001", DAY, "legal_text", "original", "cited_only")], [], [("K0001", "S0001", "supports", "own_text")])
    assert found.event("E0001").confidence == "C"


def test_own_text_read_by_a_source_that_rests_on_it_is_in_hand():
    sources = [("S0001", DAY, "legal_text", "original", "cited_only"), ("S0002", DAY, "law_firm_note", "original", "opening")]
    backing = [("K0001", "S0001", "supports", "own_text"), ("K0001", "S0002", "supports", "document_seen")]
    found = evidence(sources, [("S0002", "S0001")], backing).event("E0001")
    assert (found.confidence, found.n_origins) == ("A", 1)


def test_an_origin_reached_only_through_others_is_judged_by_what_it_is():
    sources = [("S0001", None, "court_record", "original", "cited_only"), ("S0002", DAY, "news", "rewrite", "opening"), ("S0003", DAY, "news", "original", "opening")]
    backing = [("K0001", "S0002", "supports", "other_report"), ("K0001", "S0003", "supports", "anonymous")]
    assert evidence(sources, [("S0002", "S0001")], backing).event("E0001").confidence == "A"


def test_ten_rewrites_are_ten_reports_more_and_no_origin_more():
    rewrites = [(f"S{n:04}", DAY, "news", "rewrite", "opening") for n in range(2, 12)]
    links = [(s[0], f"S{int(s[0][1:]) - 1:04}") for s in rewrites]
    backing = [("K0001", "S0001", "supports", "anonymous"), *(("K0001", s[0], "supports", "other_report") for s in rewrites)]
    found = evidence([PAPER, *rewrites], links, backing).event("E0001")
    assert (found.n_reports, found.n_origins, found.confidence, found.known_on) == (11, 1, "C", DAY)


def test_a_contradiction_of_any_claim_contests_the_event_and_only_that_claim():
    sources = [PAPER, ("S0002", DAY, "news", "original", "opening")]
    claims = [("K0001", "E0001", "occurrence"), ("K0002", "E0001", "scope")]
    backing = [("K0001", "S0001", "supports", "anonymous"), ("K0002", "S0001", "supports", "anonymous"), ("K0002", "S0002", "contradicts", "anonymous")]
    found = evidence(sources, [], backing, claims)
    assert found.event("E0001").contested
    assert {k: j.contested for k, j in found.claims().items()} == {"K0001": False, "K0002": True}


def test_a_circle_is_named():
    with pytest.raises(DataError, match="S0001 rests on S0002 rests on S0001"):
        Derivation([("S0001", "S0002"), ("S0002", "S0001")])


def test_an_undated_origin_was_public_when_the_first_report_of_it_was():
    sources = [("S0001", None, "news", "original", "cited_only"), ("S0002", None, "news", "rewrite", "opening"), ("S0003", DAY, "news", "rewrite", "opening")]
    found = evidence(sources, [("S0002", "S0001"), ("S0003", "S0002")], [("K0001", "S0001", "supports", "anonymous")])
    assert found.event("E0001").known_on == DAY


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        ("2025-03-01", "2025-03-01", "day"),
        ("2025-03-01", "2025-03-03", "days"),
        ("2025-03-01", "2025-03-07", "week"),
        ("2025-03-01", "2025-03-31", "month"),
        ("2025-01-01", "2025-12-31", "year"),
        ("2024-01-01", "2024-12-31", "year"),
        ("2024-01-01", "2025-12-31", "longer"),
    ],
)
def test_date_precision(earliest, latest, expected):
    assert date_precision(date.fromisoformat(earliest), date.fromisoformat(latest)) == expected


def test_status_is_the_last_stage_that_had_surely_happened(tiny_package):
    found = Evidence.of(tiny_package)
    assert found.measures(date(2025, 3, 9))["M0002"] is None
    assert found.measures(date(2025, 3, 10))["M0002"] == "in_force"
    assert found.measures(date(2025, 6, 15))["M0002"] == "in_force", "the suspension may not have happened yet"
    assert found.measures(date(2025, 6, 30))["M0002"] == "suspended"


def test_stages_of_one_day_read_in_order_of_life():
    stages = {"measure_id": ["M0001", "M0001"], "event_id": ["E0001", "E0002"], "stage": ["in_force", "announced"]}
    life = asof.stages_in_order(stages, {"E0001": (DAY, DAY), "E0002": (DAY, DAY)})
    assert asof.status_on(life, DAY) == {"M0001": "in_force"}


def test_frames_agree_with_the_single_record(tiny_package):
    table = derived("events", tiny_package).set_index("event_id")
    assert table.loc["E0001", ["n_reports", "n_origins", "confidence", "contested"]].tolist() == [3, 1, "C", False]
    assert table.loc["E0002", "confidence"] == "A"
    assert table.loc["E0003", "contested"]
    assert table["confidence"].cat.categories.tolist() == list(GRADES)
    assert derived("claims", tiny_package).set_index("claim_id").loc["K0001", "origins"] == "S0001"


def test_verb_drift_compares_with_the_nearest_source_that_gives_a_verb(tiny_package):
    drift = verb_drift(tiny_package).set_index("source_id")
    assert drift.loc["S0002", ["relies_on_id", "change"]].tolist() == ["S0001", "stronger"]
    assert drift.loc["S0003", ["relies_on_id", "change"]].tolist() == ["S0002", "weaker"]


def test_a_chain_of_any_depth_is_followed_to_its_end():
    """In the worst order for a method that goes in rounds: each round would bring the day one link further."""
    keys = [f"S{n:05}" for n in range(30_000)]
    sources = {"source_id": keys, "published": [*[None] * (len(keys) - 1), DAY]}
    links = {"source_id": keys[1:], "relies_on_id": keys[:-1]}
    assert set(asof.public_since(sources, links).values()) == {DAY}
    assert Derivation(zip(links["source_id"], links["relies_on_id"])).origins(keys[-1]) == (keys[0],)


@given(st.lists(st.none() | st.dates(), min_size=1, max_size=8), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_days_travel_to_undated_sources_as_the_definition_says(days, pairs):
    """The definition, in rounds until nothing changes; circles and links to sources that do not exist included."""
    expected = {n: day for n, day in enumerate(days) if day}
    for _ in days:
        for child, parent in pairs:
            if parent < len(days) and days[parent] is None and child in expected:
                expected[parent] = min(expected[child], expected.get(parent, expected[child]))
    children, parents = ([pair[side] for pair in pairs] for side in (0, 1))
    assert asof.public_since({"source_id": range(len(days)), "published": days}, {"source_id": children, "relies_on_id": parents}) == expected


def test_evidence_needs_no_more_fields_than_it_names(tiny_package):
    whole = Evidence({name: columns(name, tiny_package) for name in Evidence.TABLES})
    assert Evidence.of(tiny_package).events() == whole.events()
    assert Evidence.of(tiny_package).claims() == whole.claims()


def test_drift_is_summed_up_in_order_of_strength(tiny_package):
    table = drift_summary(verb_drift(tiny_package))
    assert table.index.tolist() == table.columns.tolist() == ["advised", "discouraged", "barred"]
    assert table.loc["discouraged", "barred"] == 1, "one report says barred where its origin says discouraged"
    assert table.to_numpy().sum() == 2


BASES = st.sampled_from(["anonymous", "named_person", "document_seen", "none_stated"])


@st.composite
def packages(draw):
    """Sources in a graph without cycles, each rewrite resting on earlier sources, all supporting one event."""
    size = draw(st.integers(1, 12))
    sources, links, backing = [], [], []
    for n in range(size):
        above = draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True)) if n else []
        day = draw(st.none() | st.dates(date(2025, 1, 1), date(2025, 12, 31)))
        role = "rewrite" if above else draw(st.sampled_from(["original", "aggregator"]))
        sources.append((f"S{n:04}", day, "news", role, "opening"))
        links += [(f"S{n:04}", f"S{a:04}") for a in above]
        backing.append(("K0001", f"S{n:04}", "supports", "other_report" if above else draw(BASES)))
    return sources, links, backing


@given(packages(), st.data())
def test_adding_a_rewrite_never_raises_origins_or_confidence(given_package, data):
    sources, links, backing = given_package
    before = evidence(sources, links, backing).event("E0001")
    copied = data.draw(st.sampled_from([s[0] for s in sources]))
    after = evidence([*sources, ("S9999", None, "news", "rewrite", "opening")], [*links, ("S9999", copied)], [*backing, ("K0001", "S9999", "supports", "other_report")]).event("E0001")
    assert after.n_origins == before.n_origins
    assert after.confidence == before.confidence


@given(packages(), BASES)
def test_adding_an_independent_origin_never_lowers_them(given_package, basis):
    sources, links, backing = given_package
    before = evidence(sources, links, backing).event("E0001")
    after = evidence([*sources, ("S9999", None, "news", "original", "opening")], links, [*backing, ("K0001", "S9999", "supports", basis)]).event("E0001")
    assert after.n_origins == before.n_origins + 1
    assert after.confidence <= before.confidence, "A is the highest grade"


@given(packages(), st.randoms())
def test_the_order_of_rows_does_not_matter(given_package, random):
    before = evidence(*given_package).event("E0001")
    shuffled = [random.sample(part, len(part)) for part in given_package]
    assert evidence(*shuffled).event("E0001") == before


@given(packages(), st.data())
def test_removing_a_source_never_makes_an_event_known_earlier(given_package, data):
    sources, links, backing = given_package
    before = evidence(sources, links, backing).event("E0001").known_on
    gone = data.draw(st.sampled_from([s[0] for s in sources]))
    left = [b for b in backing if b[1] != gone]
    after = evidence([s for s in sources if s[0] != gone], [k for k in links if gone not in k], left).events().get("E0001")
    assert before is None or after is None or after.known_on is None or after.known_on >= before
