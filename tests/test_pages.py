"""The codebook page: complete, and typed nowhere else."""

import csv
import re

import pytest
from conftest import PROJECT

from china_ai_controls.pages import codebook, datasheet
from china_ai_controls.rules import REGISTRY
from china_ai_controls.schema import package
from china_ai_controls.views import described


def test_everything_that_is_defined_is_on_the_page():
    text = codebook()
    for table in (*package().tables.values(), *described().values()):
        assert f"\n### {table.name}\n" in text
        for field in table.fields:
            assert f"| `{field.name}` | {field.type} |" in text
            assert field.description.replace("|", "\\|") in text
    for table in package().tables.values():
        for field in table.fields:
            for code in field.codes:
                assert f"| `{code.value}` | {code.label} | {code.description} |" in text
    for rule in REGISTRY.values():
        assert f"| {rule.id} |" in text


def test_the_datasheet_answers_the_usual_questions():
    lines = datasheet()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    assert headings == ["Motivation", "Composition", "Collection", "Processing", "Uses", "Distribution", "Maintenance", "Harm and takedown"]
    text = "\n".join(lines)
    assert "language model" in text and "No person has checked" in text and "takedown" in text.casefold()
    assert len(datasheet(headings=("Uses",))) == 2


def test_every_change_of_meaning_is_dated_and_has_its_version():
    changes = package().descriptor["meaningChanges"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", c["date"]) and re.fullmatch(r"\d+\.\d+\.\d+", c["version"]) and c["change"] for c in changes)
    assert [c["date"] for c in changes] == sorted(c["date"] for c in changes)


def test_no_definition_is_typed_a_second_time():
    """Definitions live in the descriptor; a copy in the code or in the README would go its own way."""
    texts = [f.description for t in package().tables.values() for f in t.fields] + [
        item["answer"] for part in package().descriptor["datasheet"] for item in part["items"]
    ]
    readme = re.sub(r"<!-- generated: \w+ -->.*?<!-- end -->", "", (PROJECT / "README.md").read_text(encoding="utf-8"), flags=re.S)
    code = "\n".join(p.read_text(encoding="utf-8") for p in (PROJECT / "src").rglob("*.py"))
    for text in {t for t in texts if len(t) > 50}:
        assert text not in readme and text not in code, text


def test_the_html_page_has_all_the_text_and_working_links():
    page = codebook("html")
    anchors, links = set(re.findall(r'id="([^"]+)"', page)), set(re.findall(r'href="#([^"]+)"', page))
    assert links <= anchors and len(links) > len(package().tables)
    assert page.count("<table>") == len(re.findall(r"^\|---", codebook(), flags=re.M))
    assert "<script" not in page


def test_an_unknown_form_is_told():
    with pytest.raises(ValueError, match="pdf"):
        codebook("pdf")


def test_the_speed_that_was_measured_is_on_the_page():
    """With the aim beside each result, reached or not."""
    folder = PROJECT / "speed"
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = codebook()
    assert len(rows) > 15 and sum(bool(r["target"]) for r in rows) >= 8
    for row in rows[1:]:
        assert f"| {row['group']} | {row['measured']} | {row['value']} {row['unit']} |" in text
    page = codebook("html")
    assert page.count("<svg") == 1 and "<img" not in page


def test_a_package_without_measurements_has_no_such_chapter(tiny_package):
    assert "## Speed" not in codebook(source=tiny_package)
