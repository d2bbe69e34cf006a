"""Metadata is read by the programs that catalogues use, offline, and says what the descriptor says."""

import json
import shutil
import subprocess
import sys

import pytest

from china_ai_controls.errors import DataError
from china_ai_controls.metadata import FORMS, datacite, metadata
from china_ai_controls.schema import Package, package
from china_ai_controls.tables import rows


@pytest.fixture(scope="module")
def crate(tmp_path_factory):
    """A copy of the package with the metadata beside its descriptor."""
    root = tmp_path_factory.mktemp("metadata") / "package"
    shutil.copytree(package().root / "data", root / "data")
    shutil.copy(package().root / "datapackage.json", root)
    assert [p.name for p in metadata(root)] == list(FORMS)
    return root


@pytest.mark.parametrize("table", ["events", "claim_sources", "indicators"])
def test_croissant_is_valid_and_loads(crate, table):
    import mlcroissant

    dataset = mlcroissant.Dataset(str(crate / "croissant.json"))
    loaded = [{k.split("/")[1]: v for k, v in record.items()} for record in dataset.records(table)]
    wanted = rows(table)
    assert len(loaded) == len(wanted)
    for got, want in zip(loaded, wanted):
        for name, value in want.items():
            found = got[name].decode() if isinstance(got[name], bytes) else got[name]
            if isinstance(value, str):
                assert found == value, name
            elif value is not None:
                assert str(found).startswith(str(value)) or float(found) == pytest.approx(value), name


def test_croissant_notices_a_changed_file(crate, tmp_path):
    """A hash that nobody checks is decoration."""
    import mlcroissant

    root = tmp_path / "changed"
    shutil.copytree(crate, root)
    with (root / "data" / "events.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(mlcroissant.GenerationError) as error:
        list(mlcroissant.Dataset(str(root / "croissant.json")).records("events"))
    assert "hash" in str(error.value.__cause__).casefold()


def test_datacite_is_valid_without_and_with_a_doi(crate, tiny):
    from datacite import schema45

    schema45.validator.validate(json.loads((crate / "datacite.json").read_text(encoding="utf-8")))
    assert "doi" not in datacite(package())
    path = tiny / "datapackage.json"
    path.write_text(json.dumps({"id": "10.1234/x", **json.loads(path.read_text(encoding="utf-8"))}), encoding="utf-8")
    with_doi = datacite(Package(tiny))
    schema45.validator.validate(with_doi)
    assert with_doi["doi"] == "10.1234/x"


# In a process of its own: the validator chooses its way of fetching when it is imported, before anything else has loaded rdflib. It asks for
# the context of the specification, which rocrate carries; nothing else may be asked for.
VALIDATE_CRATE = """
import importlib.util, io, pathlib, sys
import requests
context = pathlib.Path(importlib.util.find_spec("rocrate").origin).parent / "data" / "ro-crate.jsonld"
def offline(session, request, **_):
    assert request.url == "https://w3id.org/ro/crate/1.1/context", request.url
    answer = requests.Response()
    answer.status_code, answer._content, answer.url, answer.request, answer.raw = 200, context.read_bytes(), request.url, request, io.BytesIO()
    answer.headers["Content-Type"] = "application/ld+json"
    return answer
requests.Session.send = offline
from rocrate_validator import models, services
settings = services.ValidationSettings(
    rocrate_uri=pathlib.Path(sys.argv[1]), profile_identifier="ro-crate-1.1", requirement_severity=models.Severity.RECOMMENDED, no_cache=True)
for issue in services.validate(settings).get_issues():
    print(issue.severity.name, issue.message)
print("done")
"""


def test_the_ro_crate_is_read_and_valid(crate):
    from rocrate.rocrate import ROCrate

    assert {e.id for e in ROCrate(crate).data_entities} == {"datapackage.json", *(t.path for t in package().tables.values())}
    done = subprocess.run([sys.executable, "-c", VALIDATE_CRATE, str(crate)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The project has no address of its own yet, and none is invented.
    assert set(done.stdout.splitlines()) <= {"RECOMMENDED The organization SHOULD have a URL.", "done"}
    assert "done" in done.stdout


def test_prov_holds_the_derivation_graph(crate):
    from prov.model import ProvDerivation, ProvDocument, ProvEntity

    document = ProvDocument.deserialize(crate / "prov.json")
    assert len(list(document.get_records(ProvEntity))) == len(rows("sources"))
    pairs = {tuple(str(a.localpart) for a in record.args[:2]) for record in document.get_records(ProvDerivation)}
    assert pairs == {(r["source_id"], r["relies_on_id"]) for r in rows("source_links")}


def test_all_forms_say_what_the_descriptor_says(crate):
    described = package().descriptor
    texts = {name: (crate / name).read_text(encoding="utf-8") for name in FORMS}
    for name in set(FORMS) - {"prov.json"}:
        assert f'"{package().version}"' in texts[name] and described["licenses"][0]["path"] in texts[name], name
    named = json.loads(texts["schema-org.jsonld"])
    assert named["name"] == described["title"] and len(named["distribution"]) == len(package().tables)
    assert named["license"] == described["licenses"][0]["path"]


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(DataError, match="expected a folder"):
        metadata(tmp_path / "x")
