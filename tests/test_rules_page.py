"""The page of rules says of every rule what the rule says of itself."""

import re

import pytest

from china_ai_controls.cli import main
from china_ai_controls.codebook import describe, rules_page
from china_ai_controls.errors import UnknownNameError
from china_ai_controls.rules import REGISTRY


def table_rows():
    """The rows of the page's Markdown tables as GitHub reads them: cells between bars that no backslash stands before."""
    lines = [line for line in rules_page().splitlines() if re.match(r"\| [A-Z]\d", line)]
    return [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_rule_is_on_the_page_once_with_all_it_says():
    assert table_rows() == [[r.id, r.severity, r.title, r.reason] for r in REGISTRY.values()]


def test_rules_of_one_theme_stand_under_one_heading():
    headings = re.findall(r"^## (.+)$", rules_page(), re.M)
    assert len(headings) == len(set(headings)) == len({r.check.__module__ for r in REGISTRY.values()})
    assert "Rules on time" in headings


def test_the_command_prints_the_page_or_one_rule(capsys):
    assert main(["describe", "rules"]) == 0
    assert capsys.readouterr().out.rstrip() == rules_page().rstrip()
    assert main(["describe", "rules", "T3"]) == 0
    assert REGISTRY["T3"].reason in capsys.readouterr().out
    with pytest.raises(UnknownNameError, match="Nearest match: 'T3'"):
        describe("rules", "T33")
