"""The main job: run every notebook, compare every number, write nothing by halves."""

import csv

import nbformat
import pytest
from conftest import PROJECT

from china_ai_controls import locate
from china_ai_controls.analysis import findings
from china_ai_controls.errors import DataError
from china_ai_controls.reproduce import REPORT, analyses, reproduce


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return reproduce(tmp_path_factory.mktemp("reproduce") / "out", progress=False)


def test_everything_is_as_published(outcome):
    assert outcome.same, "\n".join(outcome.differences)
    assert outcome.compared == len(findings.read(PROJECT / "notebooks" / findings.FILE)) > 20


def test_what_is_written(outcome):
    names = {p.relative_to(outcome.out).as_posix() for p in outcome.out.rglob("*") if p.is_file()}
    assert {REPORT, findings.FILE, *(f"{n}.ipynb" for n in analyses())} <= names
    drawn = {n for n in names if n.startswith("figures/")}
    assert drawn and {n.replace(".svg", ".png") for n in drawn if n.endswith(".svg")} == {n for n in drawn if n.endswith(".png")}
    assert not list(outcome.out.parent.glob(".reproduce-*"))


def test_an_earlier_reproduction_may_be_replaced_and_nothing_else(outcome, tmp_path):
    from china_ai_controls.reproduce import _check_target

    _check_target(outcome.out)
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.tex").write_text("x")
    with pytest.raises(DataError, match="not an earlier reproduction"):
        reproduce(other)
    assert [p.name for p in other.iterdir()] == ["chapter.tex"]


def test_a_changed_number_is_found(tmp_path, monkeypatch):
    """A published number that does not follow from the data must be told."""
    from china_ai_controls import reproduce as module

    root = tmp_path / "root"
    (root / "notebooks").mkdir(parents=True)
    published = findings.read(PROJECT / "notebooks" / findings.FILE)
    changed = [findings.Finding(f.finding_id, f.statement, f.value + "0" if i == 0 else f.value, f.how) for i, f in enumerate(published)]
    findings.write(changed, root / "notebooks" / findings.FILE)
    monkeypatch.setattr(locate, "root", lambda: root)
    outcome = module.Outcome(tmp_path)
    module._compare(published, outcome, tmp_path, update=False)
    assert outcome.differences == [f"{published[0].finding_id}: computed {published[0].value!r}, published {changed[0].value!r}"]


@pytest.mark.parametrize("path", sorted((PROJECT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_committed_notebooks_are_executed_and_thin(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.execution_count for c in code)
    assert sum(bool(c.outputs) for c in code) >= len(code) - 1
    assert max(len(c.source.splitlines()) for c in code) <= 8
    assert not any(o.get("output_type") == "error" for c in code for o in c.outputs)


def test_no_number_is_typed_into_the_text_of_a_notebook():
    """Years, days and what is part of a name are words; a count is a finding."""
    import re

    for path in (PROJECT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"\b(19|20)\d\d\b|E\d{4}|COVID-19", "", cell.source)
                assert not re.search(r"\d", text), f"{path.name}: {cell.source}"


def test_findings_have_unique_ids():
    with (PROJECT / "notebooks" / findings.FILE).open(encoding="utf-8") as file:
        ids = [row["finding_id"] for row in csv.DictReader(file)]
    assert len(ids) == len(set(ids))
