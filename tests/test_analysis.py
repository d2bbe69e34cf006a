"""The analyses on the tiny package and on tiny frames, whose answers are known."""

import numpy
import pandas
import pytest

from china_ai_controls.analysis import answers, coverage, echoes, exposure, figures, findings, quality, seed_story, symposium, tightening
from china_ai_controls.analysis.findings import Finding
from china_ai_controls.evidence import derived
from china_ai_controls.reproduce import analyses
from china_ai_controls.tables import load


@pytest.fixture
def seed(tiny_package):
    names = ("events", "sources", "claims", "claim_sources", "source_links")
    return seed_story.Frames(*(load(n, source=tiny_package) for n in names), derived("claims", tiny_package), derived("events", tiny_package))


def test_assertions_of_an_article(seed):
    table = seed_story.assertions(seed, "S0002")
    assert table["claim_id"].tolist() == ["K0001", "K0002"]
    assert table["n_reports"].tolist() == [3, 1]
    assert table["n_origins"].tolist() == [1, 1]
    assert seed_story.assertions(seed, "S0005")["contradicting"].tolist() == [1]


def test_counter_evidence(seed):
    table = seed_story.counter_evidence(seed, "S0005")
    assert table[["claim_id", "source_id", "note"]].values.tolist() == [["K0004", "S0006", "Says that the rule holds."]]
    assert seed_story.counter_evidence(seed, "S0001").empty


def test_reports_with_their_distance_from_the_origin(seed):
    table = seed_story.reports(seed, "E0001").set_index("source_id")
    assert table["steps"].to_dict() == {"S0001": 0, "S0002": 1, "S0003": 2}
    assert set(table["origins"]) == {"S0001"}


def test_verbs_by_language_stand_in_order_of_strength(seed):
    table = seed_story.verbs_by_language(seed_story.reports(seed, "E0001"))
    assert table.index.tolist() == ["advised", "discouraged", "barred"]
    assert table.loc["advised", "Arabic"] == 1


def test_counts_by_year_type_side_and_confidence(tiny_package):
    events, judged = load("events", source=tiny_package), derived("events", tiny_package)
    assert coverage.by_year(events).loc[2025].to_dict() == {"China": 1, "United States": 2, "All": 3}
    assert coverage.by_type(events).loc["export_control"].to_dict() == {"China": 0, "United States": 2, "All": 2}
    assert coverage.confidence_by_side(events, judged).loc["United States"].to_dict() == {"A": 1, "B": 0, "C": 1, "D": 0}
    assert coverage.by_event_language(tiny_package).loc["China"].to_dict() == {"Arabic": 1, "English": 1}


# Echoes


def test_reports_and_origins_of_a_control(tiny_package):
    table = echoes.by_measure(echoes.Frames.load(tiny_package))
    assert table[["measure_id", "n_reports", "n_origins", "echo"]].values.tolist() == [["M0001", 3, 1, 3.0]]


def test_counting_reports_is_wrong_where_one_origin_has_many():
    table = pandas.DataFrame({"n_reports": [12, 4, 3, 1], "n_origins": [1, 1, 2, 1]})
    counted = echoes.counting(table)
    assert counted.loc[2].to_dict() == {"by_reports": 3, "one_origin": 2, "by_origins": 1, "share_echo": 0.67}
    assert counted.loc[10, "share_echo"] == 1
    assert echoes.counting(table[:0])["by_reports"].sum() == 0


def test_languages_of_reports_and_their_verbs(tiny_package):
    frames = echoes.Frames.load(tiny_package)
    table = echoes.by_language(frames)
    # The English rewrite bars where the original discouraged; the Arabic translation advises where the rewrite barred.
    assert table.loc["English"].to_dict() == {"reports": 2, "derived": 0.5, "stronger": 1, "same": 0, "weaker": 0, "only_here": 0}
    assert table.loc["Arabic", ["reports", "stronger", "weaker"]].tolist() == [1, 0, 1]
    assert echoes.hardened(frames)[["publisher", "change"]].values.tolist() == [["Second Paper", "stronger"], ["Third Paper", "weaker"]]


# Tightening


def tightened(*stages, **measures):
    """Frames of measures on executives: name=(restrictiveness, scope, formality, n_origins), and stages (name, stage, day)."""
    rows = [(m, "china", "executives", *about) for m, about in measures.items()]
    table = pandas.DataFrame(rows, columns=["measure_id", "side", "target_group", "restrictiveness", "scope", "formality", "n_origins"]).assign(
        title="t", domain="people"
    )
    life = pandas.DataFrame([(m, f"E{i}", s, pandas.Timestamp(d)) for i, (m, s, d) in enumerate(stages)], columns=["measure_id", "event_id", "stage", "day"])
    return tightening.Frames(table, life, pandas.Period("2021-12"))


def test_a_sub_index_follows_the_formula():
    assert [tightening.sub_index(v, general=True) for v in range(5)] == [0, 25, 50, 75, 100]
    assert [tightening.sub_index(v, general=False) for v in range(5)] == [0, 12.5, 37.5, 62.5, 87.5]


def test_the_strictest_measure_decides_and_the_groups_are_averaged():
    frames = tightened(
        ("a", "reported", "2020-03-05"), ("b", "in_force", "2020-05-20"), a=(1, "general", "unwritten", 1), b=(3, "general", "published_binding", 2)
    )
    index = tightening.index(frames)
    assert index["2020-02"] == 0
    assert index["2020-03"] == pytest.approx(25 / 6)
    assert index["2020-05"] == pytest.approx(75 / 6)
    assert tightening.worked_example(frames, "executives", "2020-06")["value"].tolist() == [75, 25]
    assert tightening.steps(frames).loc["Executives", ["advised against", "approval needed"]].tolist() == ["2020-03", "2020-05"]
    assert tightening.counts(frames, "formality", tightening.FORMS).loc["2020-06"].to_dict()["unwritten"] == 1


def test_what_does_not_bind_yet_or_any_more_does_not_count():
    frames = tightened(
        ("a", "announced", "2020-01-05"), ("a", "in_force", "2020-03-05"), ("a", "suspended", "2020-05-05"), a=(4, "general", "published_binding", 2)
    )
    group = tightening.by_group(frames)["executives"]
    assert group["2020-01":"2020-06"].tolist() == [0, 0, 100, 100, 0, 0]


def test_variants_leave_out_what_they_say():
    frames = tightened(
        ("a", "reported", "2018-01-05"), ("b", "in_force", "2018-01-05"), a=(2, "general", "unwritten", 1), b=(4, "targeted", "individual_order", 3)
    )
    last = tightening.variants(frames).loc[2021]
    assert last.to_dict() == {"all": 8.3, "two_origins": 0, "silence": 0, "published": 0, "with_targeted": 14.6}
    assert tightening.variants(frames).loc[2019, "silence"] == 8.3


# Answers


def answered(first, second, direction="tightens"):
    rows = [
        (f"E{i}", "t", side, direction, pandas.Timestamp(d), "day", "A")
        for i, (side, d) in enumerate([*(("united_states", d) for d in first), *(("china", d) for d in second)])
    ]
    events = pandas.DataFrame(rows, columns=["event_id", "title", "side", "direction", "date_latest", "date_precision", "confidence"])
    relations = pandas.DataFrame([("E2", "retaliates_for", "E0", "actor")], columns=["event_id", "relation", "related_event_id", "asserted_by"])
    return answers.Frames(events, relations)


def test_shares_over_all_shifts_are_those_counted_by_hand():
    random = numpy.random.default_rng(1)
    for length, window in ((20, 2), (31, 5), (7, 0)):
        calendar = answers.Calendar(random.integers(0, length, 6), random.integers(0, length, 4), length)
        shares = calendar.shares(calendar.followed(window))
        for shift in range(length):
            moved = (calendar.second + shift) % length
            followed = [any((s - f) % length <= window for s in moved) for f in calendar.first]
            assert shares[shift] == pytest.approx(numpy.mean(followed))


def test_an_act_without_an_answer_in_the_window_is_not_followed():
    frames = answered(["2020-01-01", "2020-06-01"], ["2020-01-20", "2020-12-31"])
    result = answers.test(frames, "us_and_allies", "china", window=30)
    assert (result["acts"], result["answers"], result["followed"]) == (2, 2, 0.5)
    assert answers.test(frames, "us_and_allies", "china", window=10)["followed"] == 0


def test_regular_answers_are_found_and_the_same_days_shifted_are_not():
    # Irregular gaps, so that no shift but the true one aligns all acts.
    first = [pandas.Timestamp("2019-01-01") + pandas.Timedelta(days=d) for d in (0, 40, 130, 300, 370, 600, 690, 900)]
    near = answered(first, [d + pandas.Timedelta(days=3) for d in first])
    assert answers.test(near, "us_and_allies", "china", window=5)["followed"] == 1
    assert answers.test(near, "us_and_allies", "china", window=5)["p"] < 0.02
    far = answered(first, [d + pandas.Timedelta(days=20) for d in first])
    assert answers.test(far, "us_and_allies", "china", window=5)["p"] > 0.3


def test_p_counts_the_observed_alignment_and_near_shifts_only():
    shares = numpy.array([0.5, 0.1, 0.9, 0.9, 0.9, 0.2])
    assert answers.p_value(shares) == pytest.approx(4 / 6)
    assert answers.p_value(shares, near=1) == pytest.approx(1 / 3)


def test_leaving_out_the_event_that_carries_the_result_raises_p():
    frames = answered(["2020-01-01", "2020-07-01"], ["2020-01-02", "2020-11-11"])
    table = answers.leave_one_out(frames, "us_and_allies", "china", window=5, near=None)
    assert len(table) == 4
    assert table.set_index("event_id").loc["E2", "p"] == 1


def test_lags_and_what_timing_alone_would_say():
    frames = answered(["2020-01-01", "2020-01-10"], ["2020-01-15", "2020-12-31"])
    assert answers.asserted(frames)["lag"].tolist() == [14]
    assert answers.lags(frames).loc["the actor itself", ["relations", "dated", "within"]].tolist() == [1, 1, 1]
    table = answers.timing_alone(frames)
    assert table.loc[30].to_dict() == {"by_timing": 2, "asserted_and_near": 1, "precision": 0.5, "asserted": 1, "recall": 1}
    assert table.loc[7, ["by_timing", "recall"]].tolist() == [1, 0]


def test_acts_that_loosen_or_are_dated_to_the_month_are_left_out():
    frames = answered(["2020-01-01"], ["2020-01-02"])
    frames.events.loc[0, "date_precision"] = "month"
    frames.events.loc[1, "direction"] = "loosens"
    assert answers.acts(frames, "us_and_allies").empty and answers.acts(frames, "china").empty


# Symposium


def test_what_was_aimed_at_a_firm_is_found_through_its_people_too(tiny_package):
    frames = symposium.Frames.load(tiny_package)
    assert symposium.touched(frames)[["event_id", "company_id"]].values.tolist() == [["E0001", "C0001"]]
    # Taken as a target only, through Li Test and not by the link of the firm itself.
    bare = symposium.Frames(**{**vars(frames), "event_companies": frames.event_companies[:0]})
    assert symposium.touched(bare)[["event_id", "company_id"]].values.tolist() == [["E0001", "C0001"]]


def test_standing_before_and_after(tiny_package):
    frames = symposium.Frames.load(tiny_package)
    there = pandas.DataFrame({"event_id": ["E0003"], "company_id": ["C0001"], "role": ["represented"]})
    frames = symposium.Frames(**{**vars(frames), "event_companies": pandas.concat([frames.event_companies, there])})
    table = symposium.standing(frames, {"E0003": 2025})
    assert table.values.tolist() == [[2025, "Test Lab", 1, 0, 0, 0]]
    assert symposium.firms_in_room(frames, {"E0003": 2025})["region"].tolist() == ["Zhejiang"]
    assert symposium.sectors(frames, {"E0003": 2025}).loc["AI"].tolist() == [1]


def test_chronology_of_a_person(tiny_package):
    frames = symposium.Frames.load(tiny_package)
    assert symposium.chronology(frames, "A0002")["event_id"].tolist() == ["E0001"]
    assert symposium.causal_claims(frames, "A0002").empty


# Exposure


def test_firms_and_regions_exposed(tiny_package):
    frames = exposure.Frames.load(tiny_package)
    assert exposure.firms(frames)[["company_id", "china", "abroad", "both"]].values.tolist() == [["C0001", 1, 0, False]]
    assert exposure.regions(frames)[["place_id", "firms", "china", "applies"]].values.tolist() == [["CN-ZJ", 1, 1, 1]]
    assert exposure.located(frames) == 1
    assert exposure.sectors(frames).loc["ai_lab"].tolist() == [1, 1, 0, 0]


def test_the_network_ties_measures_to_the_firms_their_stages_were_aimed_at(tiny_package):
    frames = exposure.Frames.load(tiny_package)
    assert len(exposure.network(frames, least=2)) == 0
    assert sorted(exposure.network(frames, least=1).edges) == [("M0001", "C0001")]


# Quality


def test_alpha_is_that_worked_out_by_hand():
    # Four records, one disagreement: observed 2/8; of the eight codes three are a and five b, so expected 2*3*5/(8*7).
    assert quality.alpha(list("aabb"), list("abbb")) == pytest.approx(1 - (2 / 8) / (30 / 56))
    assert quality.alpha(["1", "2", "3"], ["1", "2", "3"], ["1", "2", "3"]) == 1
    assert numpy.isnan(quality.alpha(["a", "a"], ["a", "a"]))
    # A near miss costs less than a far one only where the order counts.
    order = ["0", "1", "2", "3", "4"]
    near, far = ["0", "1", "2", "3", "3"], ["0", "1", "2", "3", "0"]
    assert quality.alpha(order, near, order) > quality.alpha(order, far, order)
    assert quality.alpha(order, near) == pytest.approx(quality.alpha(order, far), abs=0.1)


def test_agreement_of_two_codings(tiny_package):
    frames = quality.Frames.load(tiny_package)
    table = quality.agreement(frames, resamples=20)
    assert table[["records", "equal"]].values.tolist() == [[1, 1], [1, 1]]
    changed = frames.codings.assign(second="exit_ban")
    frames = quality.Frames(frames.events, frames.judged, frames.sources, changed, frames.ordered)
    assert quality.disagreements(frames)["records"].sum() == 2
    assert quality.coded_twice(frames) == pytest.approx(1 / 3)


def test_growth_of_knowledge_and_delay(tiny_package):
    frames = quality.Frames.load(tiny_package)
    table = quality.growth(frames)
    assert table.loc["2025-02"].tolist() == [1, 1] and table.loc["2025-06"].tolist() == [3, 2] and table.loc["2025-07"].tolist() == [3, 3]
    # The suspension is dated to a month only.
    assert quality.delay(frames).to_dict() == {"E0001": 0, "E0002": 0}
    assert quality.precision(frames).loc["United States", ["day", "month"]].tolist() == [1, 1]
    assert quality.roles(frames).loc["All", "All"] == 6


def test_a_quarter_without_events_is_not_left_out():
    events = pandas.DataFrame(
        {"date_latest": pandas.to_datetime(["2020-01-05", "2020-12-05"]), "side": ["china", "us_ally"], "direction": ["tightens", "loosens"]}
    )
    assert len(quality.by_quarter(events)) == 4


# Figures and findings


@pytest.mark.parametrize("module", analyses().values(), ids=analyses())
def test_figures_are_the_same_bytes_every_time(module, tmp_path):
    frames = module.Frames.load()
    for name in module.all_figures(frames):
        first, again = tmp_path / "a", tmp_path / "b"
        first.mkdir(exist_ok=True)
        again.mkdir(exist_ok=True)
        one = figures.save(module.all_figures(frames)[name], first, name)
        two = figures.save(module.all_figures(frames)[name], again, name)
        assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
        assert one[1].read_bytes().startswith(b"\x89PNG")


def test_findings_survive_a_file_and_differences_are_told(tmp_path):
    found = [Finding("a", "Events, all", "2", "count"), Finding("b", "Days", "2025-01-01", "first")]
    findings.write(found, tmp_path / "f.csv")
    assert findings.read(tmp_path / "f.csv") == found
    assert findings.differences(found, found) == []
    assert findings.differences(found[:1], found) == ["b: published, no longer computed"]
    assert findings.differences(found, found[:1]) == ["b: computed, not published"]
    assert findings.differences([Finding("a", "Other words", "2", "count")], found[:1]) == ["a: the wording differs from the published one"]


def test_the_readme_needs_its_markers():
    with pytest.raises(ValueError, match="generated: counts"):
        coverage.refreshed("no markers")
