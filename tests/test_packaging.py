"""The wheel and the sdist: built, installed in a clean environment, loaded from an empty folder."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import PROJECT

SCRIPT = """
import sys, china_ai_controls as cac
for name in cac.tables():
    assert len(cac.load(name).columns) > 1, name
assert 'frictionless' not in sys.modules and 'matplotlib' not in sys.modules
judged = cac.evidence('E0001').judgement
assert judged.n_reports >= 15 and judged.n_origins == 1
print(cac.__version__, judged.n_reports, judged.n_origins)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(PROJECT)], check=True, capture_output=True, text=True)
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def test_both_hold_the_data_the_descriptor_and_the_notebooks(built):
    wheel, sdist = built
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = sorted(p.relative_to(PROJECT).as_posix() for p in (PROJECT / "data").rglob("*.csv"))
    for name in ["datapackage.json", "notebooks/findings.csv", *data]:
        assert f"china_ai_controls/_package/{name}" in inside
    with tarfile.open(sdist) as archive:
        listed = {n.split("/", 1)[1] for n in archive.getnames() if "/" in n}
    assert {"datapackage.json", "README.md", "LICENSE", "LICENSE-DATA", *data} <= listed


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_loads_from_an_empty_folder_with_nothing_but_the_base_install(built, kind, tmp_path):
    folder = tmp_path / "env"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(built[kind == "sdist"])], check=True, capture_output=True, text=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run([python, "-c", SCRIPT], cwd=empty, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([folder / "bin" / "china-ai-controls", "show", "E0001"], cwd=empty, capture_output=True, text=True, check=True)
    assert "1 origin" in shown.stdout
    # Without the extra, the commands that need it say how to get it.
    for command in ("validate", "reproduce"):
        done = subprocess.run([folder / "bin" / "china-ai-controls", command], cwd=empty, capture_output=True, text=True)
        assert done.returncode == 2
        assert "pip install 'china-ai-controls[" in done.stderr
    assert list(empty.iterdir()) == []


def test_two_builds_are_the_same_bytes(built, tmp_path):
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(PROJECT)], check=True, capture_output=True, text=True)
    assert next(Path(tmp_path).glob("*.whl")).read_bytes() == built[0].read_bytes()
