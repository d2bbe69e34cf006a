"""The command line: exit codes, messages, and no traceback."""

import subprocess
import sys

import pytest

from china_ai_controls import __version__
from china_ai_controls.cli import main


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["tables"], 0, "claim_sources", ""),
        (["show", "E0001"], 0, "What rests on what", ""),
        (["show", "E0001", "--as-of", "2025-03-01"], 0, "1 origin", ""),
        (["show", "E9999"], 2, "", "unknown key 'E9999'"),
        (["show", "E0001", "--as-of", "tomorrow"], 2, "", "not a date: 'tomorrow'"),
        (["describe"], 0, "China AI Controls", ""),
        (["describe", "events", "event_type"], 0, "exit_ban", ""),
        (["describe", "event"], 2, "", "Nearest match: 'events'"),
        (["find", "DeepSeek"], 0, "DeepSeek", ""),
        (["find", "zzzzzz"], 1, "nothing found", ""),
        (["find", ""], 2, "", "Expected a word"),
        (["validate", "/nowhere"], 1, "cannot be read", ""),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else None,
)
def test_commands(arguments, code, out, err, capsys):
    assert main(arguments) == code
    shown = capsys.readouterr()
    assert out in shown.out
    assert err in shown.err
    assert "Traceback" not in shown.out + shown.err


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"china-ai-controls {__version__}\n"


def test_the_module_runs_and_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m china_ai_controls show E0001 | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.stdout.startswith("E0001")
    assert "Traceback" not in done.stderr
