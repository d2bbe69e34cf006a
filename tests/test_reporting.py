"""Every format of a report, read back with a parser of that format."""

import json
import re
from xml.etree import ElementTree

import pytest
from conftest import append, replace

from china_ai_controls import reporting
from china_ai_controls.cli import main
from china_ai_controls.rules import REGISTRY
from china_ai_controls.validation import Problem, Report, validate

NASTY = "100% wrong,\nsaid: ::error::x\r\x1b[31m\u202e]]> <b>&\ud800"
HARD = Report(
    "a,b:c%",
    [Problem("data/x,y:z%.csv", 3, "title", NASTY, "T1", "error", NASTY, "right"), Problem("data/x.csv", None, "", "", "T1", "warning", "soft", "")],
    ["1 rule"],
    ["T1"],
)


def many(tiny, number):
    """The tiny package with that many actors to whom nothing refers."""
    for n in range(number):
        append(tiny, "data/actors.csv", f"A{n + 100:04},Body {n},,,,government_body,US,Unused body,,,")
    return validate(tiny)


class TestText:
    def test_problems_are_grouped_by_file_and_rule_with_counts(self, tiny):
        many(tiny, 3)
        replace(tiny, "data/links/event_actors.csv", "A0002,target", "A0002,mentioned")
        lines = str(validate(tiny)).splitlines()
        assert lines[0] == "data/actors.csv: 3 errors, 1 warning"
        assert [line for line in lines if line.startswith("  ")] == [
            f"  P3 warning: {REGISTRY['P3'].title} (1)",
            f"  K3 error: {REGISTRY['K3'].title} (3)",
        ]
        assert lines[-1].endswith("NOT VALID, 3 errors, 1 warning")

    def test_a_long_list_is_cut_and_the_number_left_out_is_said(self, tiny, capsys):
        many(tiny, 25)
        assert main(["validate", str(tiny)]) == 1
        short = capsys.readouterr().out
        assert short.count("[K3]") == reporting.SHOWN
        assert f"... {25 - reporting.SHOWN} more K3 in data/actors.csv not shown; --all shows them" in short
        assert main(["validate", str(tiny), "--all"]) == 1
        full = capsys.readouterr().out
        assert full.count("[K3]") == 25 and "more" not in full
        assert [line for line in short.splitlines() if line.endswith("errors, 0 warnings")] == [
            line for line in full.splitlines() if line.endswith("errors, 0 warnings")
        ]

    def test_every_line_is_one_line_and_drives_no_terminal(self):
        text = reporting.text(HARD)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800]", text)
        assert sum(line.startswith("data/x,y:z%.csv:3:title") for line in text.splitlines()) == 1

    def test_a_very_long_line_is_cut_and_says_by_how_much(self):
        text = reporting.text(Report("x", [Problem("a.csv", 2, "", "", "T1", "error", "y" * 5000, "")]))
        assert max(map(len, text.splitlines())) < reporting.LINE_LIMIT + 50
        assert "more characters)" in text

    def test_a_valid_package_has_nothing_but_the_summary(self, tiny):
        assert len(str(validate(tiny)).splitlines()) == 2


class TestJson:
    def test_every_part_of_every_problem(self, tiny, capsys):
        replace(tiny, "data/claims.csv", "There is no ban.", "=There is no ban.")
        assert main(["validate", str(tiny), "--format", "json"]) == 1
        content = json.loads(capsys.readouterr().out)
        [problem] = content["problems"]
        assert content["valid"] is False and (content["errors"], content["warnings"]) == (1, 0)
        assert {k: problem[k] for k in ("file", "row", "column", "key", "rule", "severity")} == {
            "file": "data/claims.csv", "row": 3, "column": "statement", "key": "K0002", "rule": "F3", "severity": "error"
        }  # fmt: skip
        assert content["rules"] == list(REGISTRY)

    def test_what_no_encoding_can_write_survives(self):
        reporting.as_json(HARD).encode("ascii")
        assert json.loads(reporting.as_json(HARD))["problems"][0]["message"] == NASTY


class TestJunit:
    def test_one_case_per_rule_and_a_failure_where_it_is_broken(self, tiny, capsys):
        replace(tiny, "data/claims.csv", "There is no ban.", "=There is no ban.")
        replace(tiny, "data/links/event_actors.csv", "A0002,target", "A0002,mentioned")
        replace(tiny, "data/events.csv", "travel_control,tightens", "travel,tightens")
        assert main(["validate", str(tiny), "--format", "junit"]) == 1
        suite = ElementTree.fromstring(capsys.readouterr().out).find("testsuite")
        cases = {case.get("name").split(":")[0]: case for case in suite}
        assert set(cases) == {*REGISTRY, "constraint-error"}
        failed = {name for name, case in cases.items() if case.find("failure") is not None}
        assert failed == {"F3", "constraint-error"}
        assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), "2")
        assert cases["F3"].find("failure").text.startswith("data/claims.csv:3:statement (K0002)")
        assert cases["P3"].find("system-out").text.startswith("warning: data/actors.csv:3")

    def test_nasty_text_stays_text(self):
        case = ElementTree.fromstring(reporting.junit(HARD).encode("utf-8")).find("testsuite/testcase")
        assert "]]> <b>&" in case.find("failure").text
        assert case.find("failure").get("message") == "1 error"

    def test_a_package_that_cannot_be_read_fails(self, tmp_path):
        suite = ElementTree.fromstring(reporting.junit(validate(tmp_path / "nowhere"))).find("testsuite")
        assert suite.get("failures") == "1"


def annotations(text):
    """Workflow commands read as GitHub's runner reads them: (command, properties, message)."""

    def plain(value, codes):
        for code, character in codes:
            value = value.replace(code, character)
        return value

    message_codes = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    property_codes = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
    read = []
    for line in text.split("\n"):
        command, given, message = re.fullmatch(r"::(error|warning|notice) ([^:\r]*)::([^\r]*)", line).groups()
        properties = dict(pair.split("=", 1) for pair in given.split(","))
        read.append((command, {k: plain(v, property_codes) for k, v in properties.items()}, plain(message, message_codes)))
    return read


class TestGithub:
    def test_a_problem_is_an_annotation_of_its_line(self, tiny, capsys, monkeypatch):
        replace(tiny, "data/claims.csv", "There is no ban.", '"=100%, no: ban."')
        monkeypatch.chdir(tiny.parent)
        assert main(["validate", "tiny", "--format", "github"]) == 1
        [(command, properties, message), notice] = annotations(capsys.readouterr().out.rstrip("\n"))
        assert command == "error"
        assert properties == {"file": "tiny/data/claims.csv", "line": "3", "title": f"F3: {REGISTRY['F3'].title}"}
        assert "'=100%, no: ban.' starts like a formula" in message
        assert "NOT VALID, 1 error, 0 warnings" in notice[2]

    def test_percent_line_ends_commas_and_colons_come_back_as_they_were(self, tmp_path, monkeypatch):
        file = tmp_path / HARD.problems[0].file
        file.parent.mkdir()
        file.touch()
        monkeypatch.chdir(tmp_path)
        read = annotations(reporting.github(HARD))
        assert [(command, properties.get("file")) for command, properties, _ in read] == [("error", "data/x,y:z%.csv"), ("warning", None), ("notice", None)]
        assert "100% wrong,\nsaid: ::error::x\r\N{REPLACEMENT CHARACTER}[31m" in read[0][2]

    def test_a_file_elsewhere_is_named_in_the_message_only(self, tiny, tmp_path, monkeypatch):
        replace(tiny, "data/claims.csv", "There is no ban.", "=There is no ban.")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        [(_, properties, message), _] = annotations(reporting.github(validate(tiny)))
        assert set(properties) == {"title"}
        assert message.startswith("data/claims.csv:3:statement")


class TestOptions:
    def test_only_some_rules_run_and_nothing_else(self, tiny, capsys):
        replace(tiny, "data/claims.csv", "There is no ban.", "=There is no ban.")
        replace(tiny, "data/events.csv", "travel_control,tightens", "travel,tightens")
        report = validate(tiny, ["T1", "f3"])
        assert ([p.rule for p in report.problems], report.rules, report.checked) == (["F3"], ["F3", "T1"], ["2 rules"])
        assert main(["validate", str(tiny), "--only", "T1,T3"]) == 0
        assert "checked: 2 rules" in capsys.readouterr().out

    @pytest.mark.parametrize(("given", "named"), [("T11", "T1"), ("T1,V99", "V9"), ("", "Valid: D1, ..., W2")])
    def test_an_unknown_rule_names_the_nearest(self, given, named, tiny, capsys):
        assert main(["validate", str(tiny), "--only", given]) == 2
        assert f"unknown rule '{given.split(',')[-1]}'" in (err := capsys.readouterr().err) and named in err

    @pytest.mark.parametrize("form", reporting.RENDERERS)
    def test_warnings_as_errors(self, form, tiny, capsys):
        replace(tiny, "data/links/event_actors.csv", "A0002,target", "A0002,mentioned")
        assert main(["validate", str(tiny), "--format", form]) == 0
        assert "is only mentioned" in capsys.readouterr().out
        assert main(["validate", str(tiny), "--format", form, "--warnings-as-errors"]) == 1
        assert not re.search(r"::warning|P3 warning|: \"warning|>warning", capsys.readouterr().out)

    def test_the_rules_are_listed_with_severity_title_and_reason(self, capsys):
        assert main(["validate", "--rules"]) == 0
        listed = capsys.readouterr().out
        for rule in REGISTRY.values():
            assert f"{rule.id:<3} {rule.severity:<8} {rule.title}\n             {rule.reason}" in listed
