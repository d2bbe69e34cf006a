"""One record on one screen."""

import pytest
from conftest import replace

import china_ai_controls as cac
from china_ai_controls.errors import BadDateError, UnknownNameError
from china_ai_controls.plain import counted
from china_ai_controls.schema import Package


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("E0001", ["Paper reported advice", "3 reports from 1 origin", "known since 2025-02-28", "S0002 Second Paper"]),
        ("E0003", ["; contested", "contradicts: S0006", "Says that the rule holds.", "suspends E0002"]),
        ("K0001", ["occurrence of E0001", "supports: S0003 Third Paper, undated"]),
        ("M0001", ["unwritten", "Searches for a text or confirmation: 2"]),
        ("A0002", ["Li Test / 李测试", "E0001"]),
        ("C0001", ["ai_lab", "founded 2023"]),
        ("S0002", ["Rests on: S0001 First Paper"]),
        ("S0001", ["an origin"]),
    ],
)
def test_what_is_shown(key, expected, tiny_package):
    shown = str(cac.evidence(key, source=tiny_package))
    flat = " ".join(shown.replace("│", " ").split())
    for text in expected:
        assert text in flat, shown


def test_only_what_was_known_is_shown(tiny_package):
    assert "1 report from 1 origin" in str(cac.evidence("E0001", "2025-02-28", tiny_package))
    with pytest.raises(UnknownNameError, match="as known on 2025-02-28"):
        cac.evidence("E0002", "2025-02-28", tiny_package)


def test_html_is_escaped_and_control_characters_are_shown_as_such(tiny):
    replace(tiny, "data/claims.csv", "There is no ban.", "<script>x</script> \x1b[31mred")
    shown = cac.evidence("E0001", source=Package(tiny))
    assert "<script>" not in shown._repr_html_()
    assert "&lt;script&gt;" in shown._repr_html_()
    assert "\x1b" not in str(shown) + shown._repr_html_()


@pytest.mark.parametrize("key", ["E0000", "", None, "E1; DROP", "é", 7])
def test_unknown_keys(key):
    with pytest.raises(UnknownNameError, match="unknown key"):
        cac.evidence(key)


def test_no_date():
    with pytest.raises(BadDateError):
        cac.evidence("E0001", as_of="soon")


def test_counted():
    assert [counted(n, "origin") for n in (0, 1, 2)] == ["0 origins", "1 origin", "2 origins"]
