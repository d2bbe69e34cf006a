"""The README is true: its numbers come from the data, its commands and its example run."""

import re
import subprocess
import sys

import yaml
from conftest import PROJECT

from china_ai_controls.analysis import coverage
from china_ai_controls.schema import package
from china_ai_controls.tables import rows

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def part(name):
    return re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n<!-- end -->", README, re.S).group(1)


def test_generated_parts_are_as_the_data_say():
    assert coverage.refreshed(README) == README, "run: china-ai-controls reproduce --update"


def test_the_example_runs_from_another_folder(tmp_path):
    done = subprocess.run([sys.executable, "-c", part("example")], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "origin" in done.stdout and "events were known on 1 March 2025" in done.stdout


def test_commands_named_in_the_readme_exist():
    for command in ("show E0001", "tables", "describe events event_type", "find 阿里巴巴", "cite E0001", "codebook"):
        assert f"{command}" in README
        done = subprocess.run([sys.executable, "-m", "china_ai_controls", *command.split()], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_two_commands_install_what_they_run():
    assert "'.[all]'" in part("reproduce command") and part("reproduce command").rstrip().endswith("china-ai-controls reproduce")
    assert "'.[dev]'" in part("test command") and part("test command").rstrip().endswith("-m pytest")


def test_ci_runs_the_test_command_of_the_readme():
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test command -->" in script
    assert "pytest" not in script.replace("test command", "")


def test_citation_file_agrees_with_the_descriptor():
    cited, described = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8")), package().descriptor
    assert cited["version"] == described["version"]
    assert cited["title"] == described["title"]
    assert described["created"].startswith(str(cited["date-released"]))
    assert cited["license"] == [*(licence["name"] for licence in described["licenses"]), "MIT"]
    assert cited["keywords"] == described["keywords"]


def test_the_changelog_has_this_version_in_both_parts():
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    data, code = text.split("## Code")
    assert f"### {package().version}" in data and f"### {package().version}" in code


def test_no_path_of_a_machine_and_no_secret_place_in_the_project():
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True).stdout.split()
    for name in tracked:
        # An address of a page may hold a folder of such a name.
        text = re.sub(r"https?://\S+", "", (PROJECT / name).read_bytes().decode("utf-8", "replace"))
        assert not re.search(r"/(home|Users|root|work)/\w", text), name


def test_what_no_person_has_checked_is_said():
    assert "language model" in README and "No person has checked" in README
    assert not any(r["coder_type"] == "human" for r in rows("second_coding")), "the README says that no person has checked; it would have to be changed"
