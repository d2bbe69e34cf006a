"""What a command brings into memory: nobody should wait for pandas who asked for a citation."""

import json
import subprocess
import sys

import pytest

HEAVY = {"pandas", "numpy", "pyarrow", "frictionless", "matplotlib", "networkx", "duckdb", "scipy", "jsonschema", "rich"}
OWN = "[m for m in sys.modules if m.startswith('china_ai_controls.')]"


def brought(code):
    done = subprocess.run([sys.executable, "-c", f"{code}; import sys, json; print(json.dumps([list(sys.modules), {OWN}]))"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_import_brings_nothing():
    everything, own = brought("import china_ai_controls")
    empty, _ = brought("pass")
    assert own == []
    assert set(everything) - set(empty) <= {"china_ai_controls"}


@pytest.mark.parametrize(
    "command",
    ["['show', 'E0001']", "['cite', 'E0001']", "['cite']", "['describe', 'events']", "['find', 'Nvidia']", "['tables']", "['sql', 'measures_in_force']"],
)
def test_commands_that_need_no_frame_import_none(command):
    everything, _ = brought(f"from china_ai_controls.cli import main; assert main({command}) == 0")
    assert not HEAVY & set(everything)


def test_the_fast_checks_do_not_wait_for_pandas():
    """Nearly every call of pyarrow with an object of Python would import it."""
    everything, _ = brought("from china_ai_controls import engines, schema; assert engines.structural(schema.package(), 'fast')[0] == []")
    assert "pyarrow" in everything and "pandas" not in everything


def test_names_that_are_functions_and_modules_stay_functions():
    code = """
import china_ai_controls as cac
import china_ai_controls.tables, china_ai_controls.evidence
from china_ai_controls.evidence import Evidence
assert callable(cac.tables) and callable(cac.evidence) and set(cac.__all__) <= set(dir(cac))
"""
    brought(f"exec({code!r})")
