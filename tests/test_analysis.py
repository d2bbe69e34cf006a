"""The analyses on the tiny package, whose answers are known."""

import pandas
import pytest

from china_ai_controls.analysis import coverage, figures, findings, seed_story, timeline
from china_ai_controls.analysis.findings import Finding
from china_ai_controls.evidence import derived
from china_ai_controls.tables import load


@pytest.fixture
def seed(tiny_package):
    names = ("events", "sources", "claims", "claim_sources", "source_links")
    return seed_story.Frames(*(load(n, source=tiny_package) for n in names), derived("claims", tiny_package), derived("events", tiny_package))


@pytest.fixture
def time(tiny_package):
    return timeline.Frames(load("events", source=tiny_package), derived("events", tiny_package))


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


def test_counts_by_year_side_and_confidence(time):
    assert timeline.by_year(time.events).loc[2025].to_dict() == {"China": 1, "United States": 2, "All": 3}
    quarters = timeline.by_quarter(time.events)
    assert [str(q) for q in quarters.index] == ["2025Q1", "2025Q2"]
    assert quarters[("us_and_allies", "loosens")].tolist() == [0, 1]
    assert timeline.confidence_by_side(time.events, time.judged).loc["United States"].to_dict() == {"A": 1, "B": 0, "C": 1, "D": 0}


def test_most_reported(time):
    assert timeline.most_reported(time.events, time.judged, 1)["event_id"].tolist() == ["E0001"]


def test_a_quarter_without_events_is_not_left_out():
    events = pandas.DataFrame({"date_latest": pandas.to_datetime(["2020-01-05", "2020-12-05"]), "side": ["china", "us_ally"], "direction": ["tightens", "loosens"]})
    assert len(timeline.by_quarter(events)) == 4


@pytest.mark.parametrize("module", [seed_story, timeline], ids=lambda m: m.__name__.rsplit(".", 1)[1])
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
