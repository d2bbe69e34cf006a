"""What the README tells others to put into their CI is well-formed and does what it says."""

import re
import shlex

import yaml
from conftest import PROJECT
from test_extension import TABLES, write

from china_ai_controls.cli import main
from china_ai_controls.schema import package

README = (PROJECT / "README.md").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def part(name):
    return re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n<!-- end -->", README, re.S).group(1)


def commands():
    """The command lines that a reader is told to run, as arguments."""
    workflow, config = yaml.safe_load(part("workflow")), yaml.safe_load(part("pre-commit"))
    runs = [step["run"] for step in workflow["jobs"]["validate"]["steps"] if "run" in step]
    [wanted] = config["repos"][0]["hooks"]
    [hook] = [h for h in HOOKS if h["id"] == wanted["id"]]
    lines = [part("extension command"), runs[-1], " ".join([hook["entry"], *wanted["args"]]), " ".join([hook["entry"], *hook["args"]])]
    return [shlex.split(line) for line in lines]


def test_every_command_checks_an_extension(tmp_path, monkeypatch, capsys):
    for folder in (tmp_path, tmp_path / "my-tables"):
        write(folder / "event_actors.csv", "event_actors", TABLES["event_actors"])
    monkeypatch.chdir(tmp_path)
    for program, *arguments in commands():
        assert program == "china-ai-controls"
        assert main(arguments) == 1, "the table refers to an event that does not exist"
        assert "event_actors.csv:2" in capsys.readouterr().out


def test_the_examples_install_this_version_with_what_validation_needs():
    install = yaml.safe_load(part("workflow"))["jobs"]["validate"]["steps"][-2]["run"]
    assert "china-ai-controls[validate] @ git+https://" in install and install.endswith(f'@v{package().version}"')
    assert yaml.safe_load(part("pre-commit"))["repos"][0]["rev"] == f"v{package().version}"
    assert HOOKS[0]["additional_dependencies"] == [".[validate]"] and HOOKS[0]["pass_filenames"] is False
