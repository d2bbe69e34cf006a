"""Citations are read by the programs that papers are written with."""

import json
import subprocess
import venv

import pytest
from conftest import PROJECT

import china_ai_controls as cac
from china_ai_controls.citation import KINDS, STYLES, cite
from china_ai_controls.errors import UnknownNameError
from china_ai_controls.schema import Package, package
from china_ai_controls.tables import rows

RECORDS = ["E0001", "M0006", "K0001", "S0794"]


def entries(text):
    from pybtex.database import parse_string

    return parse_string(text, "bibtex").entries


def test_the_dataset_is_cited_with_its_version_and_licence():
    text = cite()
    assert package().version in text and package().descriptor["title"] in text and "CC-BY-4.0" in text
    assert "doi" not in text.casefold()


def test_a_doi_is_cited_once_there_is_one(tiny):
    path = tiny / "datapackage.json"
    described = {"id": "10.1234/x", **json.loads(path.read_text(encoding="utf-8"))}
    path.write_text(json.dumps(described), encoding="utf-8")
    assert cite(source=Package(tiny)).rstrip().endswith("https://doi.org/10.1234/x")
    assert entries(cite(style="bibtex", source=Package(tiny)))["cac"].fields["doi"] == "10.1234/x"


@pytest.mark.parametrize("key", RECORDS)
def test_a_bibtex_processor_reads_every_entry(key):
    from pybtex.richtext import Text

    found = entries(cite(key, "bibtex"))
    under = json.loads(cite(key, "csl"))
    assert list(found) == [item["id"] for item in under]
    for item in under:
        entry = found[item["id"]]
        # Braces mark letters that keep their case; a processor takes them off.
        shown = str(Text.from_latex(entry.fields["title"]))
        assert shown == item["title"]
        assert entry.fields.get("url", "") == item.get("URL", "")


@pytest.mark.parametrize("key", RECORDS)
def test_a_csl_processor_formats_every_item(key):

    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    items = json.loads(cite(key, "csl", most=12))
    style = CitationStylesStyle("apa", validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"].lower())]))
    lines = [str(line) for line in bibliography.bibliography()]
    assert len(lines) == len(items)
    assert all(any(item["title"] in line for line in lines) for item in items)


@pytest.mark.parametrize("key", RECORDS)
def test_a_ris_reader_reads_every_record(key):
    import rispy

    found = rispy.loads(cite(key, "ris"))
    under = json.loads(cite(key, "csl"))
    assert [r["title"] for r in found] == [item["title"] for item in under]
    assert [r.get("urls", [""])[0] for r in found] == [item.get("URL", "") for item in under]


def test_sources_stand_in_order_of_strength_and_contradictions_last():
    items = json.loads(cite("E0001", "csl"))[2:]
    against = ["contradicts" in i.get("note", "") for i in items]
    assert any(against) and against == sorted(against)
    roles = {r["source_id"]: r["report_role"] for r in rows("sources")}
    supporting = [roles[i["id"].removeprefix("cac:")] for i, no in zip(items, against) if not no]
    assert "original" in supporting[:3] and "aggregator" not in supporting[:10]


def test_fewer_sources_may_be_asked_for_and_the_rest_is_said():
    text = cite("E0001", most=2)
    assert len(json.loads(cite("E0001", "csl", most=2))) == 4
    assert "more sources: china-ai-controls cite E0001" in text
    with pytest.raises(ValueError, match="0 or more"):
        cite("E0001", most=-1)


def test_what_was_not_seen_is_left_out():
    by_id = {r["source_id"]: r for r in rows("sources")}
    for item in json.loads(cite("E0001", "csl"))[2:]:
        row = by_id[item["id"].removeprefix("cac:")]
        assert ("URL" in item) == bool(row["url"]) and ("issued" in item) == bool(row["published"])
        assert not (row["seen"] == "cited_only" and "accessed" in item)


def test_tex_commands_in_titles_are_text(tiny_package):
    from china_ai_controls.citation import _tex

    assert _tex(r"50% & $5 #1 a_b {x} \y ~ ^") == r"50\% \& \$5 \#1 a\_b \{x\} \textbackslash{}y \textasciitilde{} \textasciicircum{}"


@pytest.mark.parametrize(("key", "style"), [("E9999", "text"), ("A0001", "text"), ("", "text"), ("E0001", "apa")])
def test_what_cannot_be_cited_is_told(key, style):
    with pytest.raises(UnknownNameError):
        cite(key, style)


def test_every_kind_of_source_has_its_name_in_every_style():
    assert set(KINDS) == {c.value for c in package().table("sources").field("source_type").codes}
    assert cac.cite is cite and set(STYLES) == {"text", "bibtex", "csl", "ris"}


def test_the_command_line_gives_the_same(capsys):
    from china_ai_controls.cli import main

    assert main(["cite", "E0001", "--style", "bibtex"]) == 0
    assert capsys.readouterr().out == cite("E0001", "bibtex")
    assert main(["cite", "E9999"]) == 2
    assert "E9999" in capsys.readouterr().err


def test_the_citation_file_is_valid(tmp_path):
    """In an environment of its own: cffconvert needs an older jsonschema."""
    folder = tmp_path / "env"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "cffconvert", "setuptools<81"], check=True, capture_output=True, text=True)
    done = subprocess.run([folder / "bin" / "cffconvert", "--validate", "-i", str(PROJECT / "CITATION.cff")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
