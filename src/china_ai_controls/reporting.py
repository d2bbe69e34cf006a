"""A report of validation as text, JSON, JUnit XML or GitHub annotations. Nothing is found here, only shown."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from .plain import clipped, counted, printable
from .rules import REGISTRY

if TYPE_CHECKING:
    from .validation import Problem, Report

# So many problems of one kind in one file are shown before the rest is only counted.
SHOWN = 10
LINE_LIMIT = 1000


def text(report: "Report", show_all: bool = False) -> str:
    """The report for people: grouped by file and rule, with counts.

    Parameters
    ----------
    report : Report
    show_all : bool
        Show every problem; by default a long list of the same problem in one file is cut, and the number left out is said.

    Returns
    -------
    str
        Each problem is one line that starts with file, row and column.

    Examples
    --------
    >>> from china_ai_controls.validation import Problem, Report
    >>> print(text(Report("mine", [Problem("data/events.csv", 2, "side", "E0001", "T1", "error", "wrong", "right")], ["1 rule"])))
    data/events.csv: 1 error
      T1 error: No period ends before it begins (1)
    data/events.csv:2:side (E0001): wrong; expected right [T1]
    <BLANKLINE>
    checked: 1 rule
    mine: NOT VALID, 1 error, 0 warnings
    """
    lines = []
    for file, by_rule in _grouped(report.problems).items():
        lines.append(f"{_line(file)}: {_counts([p for group in by_rule.values() for p in group])}")
        for (rule, severity), group in by_rule.items():
            lines.append(f"  {_line(rule)} {severity}{_title(rule)} ({len(group):,})")
            shown = group if show_all else group[:SHOWN]
            lines += [_line(str(p)) for p in shown]
            if len(shown) < len(group):
                lines.append(f"  ... {len(group) - len(shown):,} more {_line(rule)} in {_line(file)} not shown; --all shows them")
        lines.append("")
    return "\n".join([*lines, *_summary(report)])


def _grouped(problems: list["Problem"]) -> dict[str, dict[tuple[str, str], list["Problem"]]]:
    """By file, then by rule and severity, in the report's order."""
    groups: dict[str, dict[tuple[str, str], list[Problem]]] = {}
    for problem in problems:
        groups.setdefault(problem.file, {}).setdefault((problem.rule, problem.severity), []).append(problem)
    return groups


def _counts(problems: list["Problem"]) -> str:
    errors = sum(p.severity == "error" for p in problems)
    warnings = len(problems) - errors
    return ", ".join(counted(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n)


def _title(rule: str) -> str:
    return f": {REGISTRY[rule].title}" if rule in REGISTRY else ""


def _line(content: str) -> str:
    return clipped(printable(content), LINE_LIMIT)


def _summary(report: "Report") -> list[str]:
    errors = len(report.errors)
    verdict = f"{'valid' if report.valid else 'NOT VALID'}, {counted(errors, 'error')}, {counted(len(report.problems) - errors, 'warning')}"
    return [_line(f"checked: {'; '.join(report.checked)}"), f"{_line(report.path)}: {verdict}"]


def as_json(report: "Report") -> str:
    """The report for programs: path, valid, number of errors and warnings, checked, rules, and every problem with all its parts.

    Examples
    --------
    >>> from china_ai_controls.validation import Report
    >>> json.loads(as_json(Report("mine")))["valid"]
    True
    """
    errors = len(report.errors)
    content = {
        "path": report.path,
        "valid": report.valid,
        "errors": errors,
        "warnings": len(report.problems) - errors,
        "checked": report.checked,
        "rules": report.rules,
        "problems": [asdict(p) for p in report.problems],
    }
    # ASCII, because a cell may hold half a character (a lone surrogate), which no encoding can write.
    return json.dumps(content, indent=1)


def junit(report: "Report") -> str:
    """The report for CI systems that read JUnit XML: one test case per rule that ran, and per other kind of problem.

    Errors fail a test case, warnings are its output. A rule that was not run has no test case.

    Examples
    --------
    >>> from china_ai_controls.validation import Report
    >>> junit(Report("mine", rules=["T1"])).splitlines()[-1]
    '</testsuites>'
    """
    kinds = [*report.rules, *sorted({p.rule for p in report.problems} - set(report.rules))]
    found = {kind: [p for p in report.problems if p.rule == kind] for kind in kinds}
    failed = sum(any(p.severity == "error" for p in group) for group in found.values())
    counts = {"tests": str(len(kinds)), "failures": str(failed), "errors": "0"}
    top = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(top, "testsuite", {"name": _line(report.path), **counts})
    for kind, group in found.items():
        case = ElementTree.SubElement(suite, "testcase", {"classname": "china-ai-controls", "name": _line(f"{kind}{_title(kind)}")})
        errors = [p for p in group if p.severity == "error"]
        if errors:
            failure = ElementTree.SubElement(case, "failure", {"message": counted(len(errors), "error"), "type": _line(kind)})
            failure.text = "\n".join(_line(str(p)) for p in errors)
        if len(group) > len(errors):
            ElementTree.SubElement(case, "system-out").text = "\n".join(f"warning: {_line(str(p))}" for p in group if p.severity != "error")
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(top, encoding="unicode")


def github(report: "Report") -> str:
    """The report as annotations of a GitHub workflow: each problem appears beside its line in the change that is reviewed.

    Examples
    --------
    >>> from china_ai_controls.validation import Problem, Report
    >>> print(github(Report("mine", [Problem("a.csv", 2, "", "E0001", "T1", "error", "100%", "")])).splitlines()[0])
    ::error title=T1%3A No period ends before it begins::a.csv:2 (E0001): 100%25 [T1]
    """
    lines = []
    for problem in report.problems:
        properties = {"file": _in_repository(report.root, problem.file), "line": problem.row, "title": _line(f"{problem.rule}{_title(problem.rule)}")}
        if not properties["file"]:
            del properties["file"], properties["line"]
        given = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in properties.items() if value)
        lines.append(f"::{problem.severity} {given}::{_escaped(clipped(str(problem), LINE_LIMIT))}")
    # An ordinary line may not begin like a command, so the summary is a notice.
    return "\n".join([*lines, f"::notice title=china-ai-controls::{_escaped(' '.join(_summary(report)))}"])


def _in_repository(root: Path | None, file: str) -> str | None:
    """The file as GitHub knows it: from the folder in which the command runs. None for a file that is not there."""
    path = os.path.relpath((root or Path()) / file)
    return Path(path).as_posix() if not path.startswith("..") and Path(path).is_file() else None


def _escaped(content: str) -> str:
    """A message of a workflow command: percent signs and line ends are written as codes, other unprintable characters replaced."""
    coded = content.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(coded)


def _escaped_property(content: str) -> str:
    return _escaped(content).replace(":", "%3A").replace(",", "%2C")


RENDERERS = {"text": text, "json": as_json, "junit": junit, "github": github}


def rules_list() -> str:
    """The rules as a list for the terminal: id, severity, title and reason.

    Examples
    --------
    >>> "T1  error    No period ends before it begins" in rules_list()
    True
    """
    return "\n".join(f"{rule.id:<3} {rule.severity:<8} {rule.title}\n             {rule.reason}" for rule in REGISTRY.values())
