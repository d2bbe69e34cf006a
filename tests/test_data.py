"""The dataset's own test: it validates. And what the project promised of it."""

import pytest

import china_ai_controls as cac
from china_ai_controls.analysis.seed_story import ARTICLE, GUIDANCE
from china_ai_controls.engines import ENGINES
from china_ai_controls.evidence import derived
from china_ai_controls.schema import package
from china_ai_controls.tables import columns, rows
from china_ai_controls.validation import validate


@pytest.mark.parametrize("engine", ENGINES)
def test_it_validates(engine):
    report = validate(engine=engine)
    assert report.errors == [], str(report)


@pytest.mark.parametrize(("table", "least"), [("events", 900), ("actors", 400), ("companies", 250), ("measures", 350), ("sources", 4_500), ("claims", 4_500)])
def test_it_has_the_promised_size(table, least):
    assert len(cac.load(table)) >= least


def test_the_guidance_has_many_reports_in_three_languages_and_one_origin():
    judged = derived("events").set_index("event_id").loc[GUIDANCE]
    assert judged["n_reports"] >= 15
    assert judged["n_origins"] == 1
    origin = next(r for r in rows("sources") if r["source_id"] == judged["origins"])
    assert origin["publisher"] == "Wall Street Journal"
    reports = cac.evidence(GUIDANCE).judgement.reports
    languages = {r["language"][:2] for r in rows("sources") if r["source_id"] in reports}
    assert {"en", "ar", "zh"} <= languages


def test_the_article_is_a_source_that_rests_on_others():
    article = next(r for r in rows("sources") if r["source_id"] == ARTICLE)
    assert (article["language"], article["report_role"]) == ("ar", "rewrite")
    assert ARTICLE in columns("source_links")["source_id"]
    assert columns("claim_sources")["source_id"].count(ARTICLE) >= 15


# Who and what the article names, as keys a reader would look for.
NAMED = {
    "actors": ["Xi Jinping", "Liang Wenfeng", "Wang Xingxing", "Jack Ma", "Donald Trump", "Meng Wanzhou"],
    "companies": ["Alibaba", "DeepSeek", "Unitree Robotics", "OpenAI", "Google"],
    "places": ["Beijing", "Shanghai", "Zhejiang", "United States", "China"],
}


@pytest.mark.parametrize(("table", "name"), [(t, n) for t, names in NAMED.items() for n in names])
def test_everybody_the_article_names_is_in_the_data(table, name):
    assert name in columns(table)["name"]


def test_each_part_of_the_story_has_the_promised_depth():
    sides = cac.load("events")["side"].value_counts()
    assert sides["united_states"] + sides["us_ally"] >= 160
    assert sides["china"] >= 180
    assert (cac.load("event_relations")["relation"] == "retaliates_for").sum() >= 20


def test_a_fifth_of_the_events_was_coded_twice():
    twice = set(columns("second_coding")["record_id"]) & set(columns("events")["event_id"])
    assert len(twice) >= len(columns("events")["event_id"]) / 5


def test_the_reference_tables_are_filled():
    firms, actors = cac.load("companies"), cac.load("actors")
    complete = firms[["hq_place_id", "founded_year"]].notna().all(axis=1) & ((firms["country"] != "CN") | firms["name_zh"].notna())
    assert complete.sum() >= 120
    assert (actors["role"].notna() | actors["parent_actor_id"].notna()).sum() >= 400


@pytest.mark.parametrize("table", ["indicators", "searches", "second_coding", "measures", *(t for t in package().tables if t.startswith("event_"))])
def test_tables_around_the_core_are_filled(table):
    assert len(cac.load(table)) > 10


def test_most_events_have_two_sources_and_none_of_weight_rests_on_aggregators():
    judged = derived("events")
    assert (judged["n_reports"] >= 2).mean() >= 0.8


def test_fields_with_one_name_are_described_alike_in_type():
    types = {}
    for table in package().tables.values():
        for field in table.fields:
            types.setdefault(field.name, set()).add(field.type)
    assert {n for n, t in types.items() if len(t) > 1} == {"value"}


# Codes that no row uses yet; the list is strict, so that it shrinks as the data grow.
def test_every_code_is_used_or_known_to_be_unused():
    unused = {
        (table.name, field.name, str(code.value))
        for table in package().tables.values()
        for field in table.fields
        for code in field.codes
        if code.value not in columns(table.name)[field.name]
    }
    assert unused == UNUSED


UNUSED = {("second_coding", "coder_type", "human")}
