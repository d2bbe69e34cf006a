"""Every rule rejects a tiny broken package, and no other rule rejects it."""

import csv
import json

import pytest
from conftest import append, replace

from china_ai_controls.rules import REGISTRY, Data
from china_ai_controls.schema import Package
from china_ai_controls.validation import validate

EVENTS, ACTORS, SOURCES, CLAIMS = "data/events.csv", "data/actors.csv", "data/sources.csv", "data/claims.csv"
MEASURES, BACKING, LINKS, STAGES = "data/measures.csv", "data/links/claim_sources.csv", "data/links/source_links.csv", "data/links/measure_events.csv"
SEARCHES, SECOND, RETIRED, RELATIONS = "data/records/searches.csv", "data/records/second_coding.csv", "data/records/retired_ids.csv", "data/links/event_relations.csv"


def edit_descriptor(root, change):
    path = root / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")


def field(descriptor, table, name):
    resource = next(r for r in descriptor["resources"] if r["name"] == table)
    return next(f for f in resource["schema"]["fields"] if f["name"] == name)


def empty_core(root):
    """Only the actors' table is emptied, with what refers to it, so that no other rule is concerned."""
    replace(root, ACTORS, "A0001,Ministry of Tests,,,,government_body,US,Issues rules,,,\nA0002,Li Test,李测试,,,person,CN,Founder of Test Lab,C0001,,\n", "")
    replace(root, MEASURES, "united_states,A0001,products", "united_states,,products")
    replace(root, "data/links/event_actors.csv", "E0001,A0002,target\nE0002,A0001,issuer\n", "")
    replace(root, "data/places.csv", "US,United States,美国,الولايات المتحدة,country,,38.89511,-77.03637\n", "")


def cyclic(root):
    replace(root, LINKS, "S0002,S0001,rewrites", "S0002,S0003,rewrites")
    replace(root, LINKS, "S0003,S0002", "S0003,S0001,cites,names_origin\nS0003,S0002")


def aggregator(root):
    """An aggregator and two others support the suspension, which makes it an A."""
    replace(root, SOURCES, "page,en,news,original,opening,2026-01-02,\nS0006", "page,en,news,aggregator,opening,2026-01-02,\nS0006")
    replace(root, BACKING, "K0004,S0006,contradicts,named_person,denied,Says that the rule holds.", "K0004,S0006,supports,document_seen,,")
    replace(root, BACKING, "K0004,S0005,supports,anonymous,,", "K0004,S0004,supports,document_seen,planned,\nK0004,S0005,supports,anonymous,,")


def bystander(root):
    replace(root, "data/links/event_actors.csv", "A0002,target", "A0002,mentioned")


def no_part(root):
    replace(root, "data/links/event_actors.csv", "E0001,A0002,target", "E0001,A0001,target")
    replace(root, ACTORS, "Founder of Test Lab,C0001", "Founder of Test Lab,")


def other_aggregator_only(root):
    replace(root, SOURCES, "2025-07-01,page,en,news,original", "2025-07-01,page,en,news,aggregator")


def private_field(root):
    def change(descriptor):
        resource = next(r for r in descriptor["resources"] if r["name"] == "actors")
        resource["schema"]["fields"].append({"name": "birth_date", "type": "string", "title": "x", "description": "x", "example": "x"})

    edit_descriptor(root, change)
    path = root / ACTORS
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header + ",birth_date", *(r + "," for r in rows)]) + "\n", encoding="utf-8", newline="")


# Rule, the damage, and where the rule must see it: file, row, column.
BROKEN = {
    "D1": (lambda r: edit_descriptor(r, lambda d: d.update(licence="x")), "datapackage.json", None),
    "D2": (lambda r: edit_descriptor(r, lambda d: field(d, "events", "side")["constraints"]["enum"].append("moon")), "datapackage.json", None),
    "D3": (lambda r: edit_descriptor(r, lambda d: field(d, "events", "side").update(example="nowhere")), "datapackage.json", None),
    "D4": (lambda r: edit_descriptor(r, lambda d: d.pop("version")), "datapackage.json", None),
    "D5": (lambda r: edit_descriptor(r, lambda d: d["resources"][0]["dialect"].pop("delimiter")), "datapackage.json", None),
    "D6": (lambda r: (r / "data" / "extra.csv").write_text("a\n1\n"), "data/extra.csv", None),
    "D7": (lambda r: edit_descriptor(r, lambda d: field(d, "companies", "founded_year").update(name="period_start")) or replace(r, "data/companies.csv", "founded_year", "period_start"), "datapackage.json", None),
    "F1": (lambda r: (r / EVENTS).write_bytes(b"\xef\xbb\xbf" + (r / EVENTS).read_bytes()), EVENTS, 1),
    "F2": (lambda r: replace(r, CLAIMS, "There is no ban.", "There is no\u200b ban."), CLAIMS, 3),
    "F3": (lambda r: replace(r, CLAIMS, "There is no ban.", "=HYPERLINK(1)"), CLAIMS, 3),
    "F4": (lambda r: replace(r, CLAIMS, "K0001,E0001,occurrence,Researchers were advised not to travel.\nK0002,E0001,scope,There is no ban.", "K0002,E0001,scope,There is no ban.\nK0001,E0001,occurrence,Researchers were advised not to travel."), CLAIMS, 3),
    "F5": (lambda r: replace(r, SEARCHES, "Q0001,2026-01-02", "Q0001,2026-1-2"), SEARCHES, 2),
    "F6": (lambda r: replace(r, CLAIMS, "There is no ban.", "There is no ban. " + "x" * 20_001), CLAIMS, 3),
    "F7": (lambda r: replace(r, STAGES, "M0001,E0001", "М0001,E0001"), STAGES, 2),
    "F8": (lambda r: replace(r, "data/places.csv", "Zhejiang,浙江省,تشجيانغ", "Zhejiang,تشجيانغ,浙江省"), "data/places.csv", 3),
    "F9": (lambda r: replace(r, CLAIMS, "There is no ban.", "There is no b\u0430n."), CLAIMS, 3),
    "K1": (lambda r: replace(r, CLAIMS, "E0003,occurrence", "E0003,date"), EVENTS, 4),
    "K2": (lambda r: replace(r, BACKING, "K0002,S0002,supports,other_report,,\n", ""), CLAIMS, 3),
    "K3": (lambda r: append(r, SOURCES, "S0007,Unused,Paper,,https://sixth.example/1,2025-07-02,page,en,news,original,opening,2026-01-02,"), SOURCES, 8),
    "K4": (lambda r: replace(r, RETIRED, "E0004,Same act as E0003,E0003", "E0002,Same act as E0003,E0003"), RETIRED, 2),
    "K5": (lambda r: (append(r, CLAIMS, "K0005,E0001,scope,There is no ban."), append(r, BACKING, "K0005,S0002,supports,other_report,,")), CLAIMS, 6),
    "K6": (empty_core, ACTORS, None),
    "K7": (lambda r: replace(r, SECOND, "E0001,event_type,travel_control", "E0001,event_type,journey"), SECOND, 2),
    "K8": (lambda r: (append(r, ACTORS, "A0003,Li  Test,,,,person,CN,Founder,,,"), replace(r, ACTORS, "Li  Test", "Li-Test"), append(r, "data/links/event_actors.csv", "E0002,A0003,critic")), ACTORS, 4),
    "T1": (lambda r: replace(r, EVENTS, "2025-06-01,2025-06-30", "2025-06-30,2025-06-01"), EVENTS, 4),
    "T2": (lambda r: replace(r, STAGES, "M0002,E0002,in_force", "M0002,E0002,ended"), STAGES, 3),
    "T3": (lambda r: replace(r, SOURCES, "First Paper,,,2025-02-28", "First Paper,,,2025-03-02"), LINKS, 2),
    "T4": (lambda r: replace(r, SOURCES, "https://fourth.example/1,2025-07-01", "https://fourth.example/1,2025-05-01"), BACKING, 7),
    "T5": (lambda r: replace(r, SECOND, "E0001,event_type,travel_control,model,2026-01-03", "E0001,event_type,travel_control,model,2999-01-03"), SECOND, 2),
    "T6": (lambda r: replace(r, SOURCES, "https://third.example/1,,unknown", "https://third.example/1,,page"), SOURCES, 4),
    "T7": (lambda r: replace(r, RELATIONS, "E0003,suspends,E0002", "E0001,suspends,E0002"), RELATIONS, 2),
    "V1": (cyclic, LINKS, None),
    "V2": (lambda r: replace(r, LINKS, "S0003,S0002,translates,shared_wording\n", ""), SOURCES, 4),
    "V3": (aggregator, SOURCES, 6),
    "V4": (lambda r: replace(r, BACKING, "Says that the rule holds.", ""), BACKING, 8),
    "V5": (lambda r: replace(r, SEARCHES, "Q0002,2026-01-02,zh-Hans,研究人员 出国 通知,A published text,3,M0001", "Q0002,2026-01-02,zh-Hans,研究人员 出国 通知,A published text,3,M0002"), MEASURES, 2),
    "V6": (lambda r: replace(r, BACKING, "K0001,S0002,supports,other_report", "K0001,S0002,supports,anonymous"), BACKING, 3),
    "V7": (other_aggregator_only, EVENTS, 4),
    "V8": (lambda r: replace(r, SOURCES, "2025-02-28,repeated_by_others,en,news,original,cited_only,,", "2025-02-28,repeated_by_others,en,news,original,cited_only,2026-01-02,"), SOURCES, 2),
    "V9": (lambda r: replace(r, SOURCES, "https://third.example/1", "https://second.example/1"), SOURCES, 4),
    "V10": (lambda r: append(r, CLAIMS, "K0005,E0001,effect,Some stayed at home.") or append(r, BACKING, "K0005,S0001,supports,anonymous,,"), BACKING, 9),
    "V11": (lambda r: replace(r, EVENTS, "2025-02-28,2025-02-28,stated_in_report", "2025-02-28,2025-02-28,stated_official"), EVENTS, 2),
    "P1": (no_part, ACTORS, 3),
    "P2": (private_field, ACTORS, None),
    "P3": (bystander, ACTORS, 3),
    "W1": (lambda r: replace(r, EVENTS, "Ministry suspended the rule,", "Ministry suspended the draconian rule,"), EVENTS, 4),
    "W2": (lambda r: replace(r, SOURCES, "S0006,No such suspension", "S0006,The ministry suspended the rule for a time"), EVENTS, 4),
}
# A key with a look-alike letter refers to nothing, so what it stood for is no longer referred to either; a missing translation link makes nothing else wrong.
ALSO = {"F7": {"F4", "K3", "V5"}, "P1": {"K3"}, "V7": {"V10"}}


def test_the_tiny_package_is_valid(tiny):
    report = validate(tiny)
    assert report.problems == []


def test_a_founder_may_stand_by_the_firm_alone(tiny):
    replace(tiny, "data/links/event_actors.csv", "E0001,A0002,target", "E0001,A0001,target")
    assert validate(tiny).problems == []


def test_every_rule_has_a_broken_package():
    assert set(BROKEN) == set(REGISTRY)


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_a_rule_and_no_other_rejects_its_broken_package(rule, tiny):
    damage, file, row = BROKEN[rule]
    damage(tiny)
    found = [p for p in validate(tiny).problems if p.rule in REGISTRY]
    assert {p.rule for p in found} - ALSO.get(rule, set()) == {rule}, [str(p) for p in found]
    mine = [p for p in found if p.rule == rule]
    assert any(p.file == file and (row is None or p.row == row) for p in mine), [str(p) for p in mine]


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda r: r.id)
def test_a_rule_says_why_it_is_there(rule):
    assert len(rule.reason) > 40
    assert rule.title and rule.severity in ("error", "warning")


@pytest.mark.parametrize("same", ["http://second.example/1", "https://www.second.example/1/", "https://second.example/1#top"])
def test_an_address_written_in_another_way_is_the_same_page(same, tiny):
    replace(tiny, SOURCES, "https://third.example/1", same)
    assert [(p.row, p.rule) for p in validate(tiny).problems] == [(4, "V9")]


def test_an_unclosed_quote_is_seen_however_long_the_rest_of_the_file(tiny):
    replace(tiny, CLAIMS, "There is no ban.", '"There is no ban.')
    with (tiny / CLAIMS).open("a", encoding="utf-8") as file:
        file.writelines(f"K{n:04},E0001,scope,Statement {n}\n" for n in range(5, 9000))
    csv.field_size_limit(131_072)  # Python's own
    data = Data(Package(tiny))
    assert {(found.row.number, rule) for rule in ("F2", "F6") for found in REGISTRY[rule].check(data)} == {(3, "F2"), (3, "F6")}


def test_rules_survive_tables_with_missing_columns(tiny):
    for path in sorted((tiny / "data").rglob("*.csv")):
        path.write_text("nonsense\n1\n", encoding="utf-8")
    data = Data(Package(tiny))
    for rule in REGISTRY.values():
        list(rule.check(data))
