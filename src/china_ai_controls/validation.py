"""Is a package valid: its descriptor against the Data Package profile, its tables against their schemas, its content against the rules."""

import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from . import engines, locate, reporting
from .errors import DataError, UnknownNameError
from .extras import need
from .plain import counted
from .rules import REGISTRY, Data, Found, Rule
from .schema import Package
from .structure import Fault

# Above this size a single file is no hand-kept table; reading it whole could exhaust a small machine.
FILE_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place.

    Attributes
    ----------
    file : str
        Path inside the package.
    row : int or None
        Row number in the file; the header is row 1.
    column : str
        Field, empty where the whole row or file is meant.
    key : str
        Primary key of the row.
    rule : str
        Id of the rule, ``profile``, or frictionless's own error type.
    severity : str
        ``error`` or ``warning``.
    message, expected : str
    """

    file: str
    row: int | None
    column: str
    key: str
    rule: str
    severity: str
    message: str
    expected: str

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.row, self.column) if p not in (None, ""))
        key = f" ({self.key})" if self.key else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"{place}{key}: {self.message}{expected} [{self.rule}]"


@dataclass
class Report:
    """What a validation found.

    Attributes
    ----------
    path : str
        What was validated.
    problems : list of Problem
    checked : list of str
        What was done, in order.
    rules : list of str
        Ids of the rules that were run.
    root : Path or None
        Folder in which the files of the problems lie.
    """

    path: str
    problems: list[Problem] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    root: Path | None = None

    @property
    def errors(self) -> list[Problem]:
        """Problems that make the package invalid."""
        return [p for p in self.problems if p.severity == "error"]

    @property
    def valid(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def strict(self) -> "Report":
        """The same report with every warning counted as an error."""
        return replace(self, problems=[replace(p, severity="error") for p in self.problems])

    def __str__(self) -> str:
        return reporting.text(self)


def validate(path: str | Path | None = None, only: Iterable[str] | None = None, engine: str | None = None) -> Report:
    """Validate a package.

    Parameters
    ----------
    path : str or Path, optional
        Folder of a package, or its ``datapackage.json``; the installed package by default.
    only : iterable of str, optional
        Ids of rules, such as ``["T1", "T3"]``: run these and nothing else, so neither the profile nor the structural checks.
    engine : str, optional
        Who does the structural checks: ``frictionless``, or ``fast``, which gives the same verdicts sooner. By default frictionless, for
        large packages the fast one; `Report.checked` says which.

    Returns
    -------
    Report
        Every problem, not the first. Nothing is written and nothing is fetched.

    Raises
    ------
    UnknownNameError
        If there is no rule of an id in `only`, or no such engine.
    MissingExtraError
        If the extra ``validate`` is not installed; `only` needs none.

    Examples
    --------
    >>> validate().valid
    True
    """
    rules = _chosen(only)
    if only is None:
        need("validate", "frictionless", "jsonschema", "dplib")
    root = locate.root() if path is None else Path(path)
    if root.name == locate.DESCRIPTOR:
        root = root.parent
    report = Report(str(path) if path is not None else "china-ai-controls", root=root)
    try:
        package = Package(root)
        if only is None:
            _check_profile(package, report)
        safe = check_files(package, report)
        list(package.tables)  # a descriptor that is no Table Schema is told here, once
    except DataError as error:
        message = str(error).removeprefix(f"{root / locate.DESCRIPTOR}: ")
        report.problems.append(Problem(locate.DESCRIPTOR, None, "", "", "descriptor", "error", message, ""))
        return report
    if not safe:
        report.checked.append("tables not read, because the descriptor points outside the package or at files that cannot be read")
        return report
    data = Data(package)
    if only is None:
        _check_structure(package, data, engine, report)
    _run_rules(rules, data, report)
    report.problems = sorted(set(report.problems), key=lambda p: (p.file, p.row or 0, p.column, p.rule, p.message))
    return report


def _chosen(only: Iterable[str] | None) -> list[Rule]:
    """The rules of these ids in the registry's order, all by default."""
    if only is None:
        return list(REGISTRY.values())
    wanted = {str(one).strip().upper() for one in only}
    for one in sorted(wanted - set(REGISTRY)):
        raise UnknownNameError("rule", one, REGISTRY)
    return [rule for rule in REGISTRY.values() if rule.id in wanted]


def _check_profile(package: Package, report: Report) -> None:
    import jsonschema

    validator = jsonschema.Draft7Validator(_profile())
    for error in validator.iter_errors(package.descriptor):
        where = ".".join(str(p) for p in error.absolute_path)
        message, expected = _shorten(jsonschema.exceptions.best_match([error]))
        report.problems.append(Problem(locate.DESCRIPTOR, None, where, "", "profile", "error", message, expected))
    report.checked.append("descriptor against the Data Package 2.0 profile")


def check_files(package: Package, report: Report) -> bool:
    """Whether the files that a descriptor names may be opened; adds a problem to the report for each that may not."""

    def problem(where: str, rule: str, message: str, expected: str) -> None:
        report.problems.append(Problem(locate.DESCRIPTOR, None, where, "", rule, "error", message, expected))

    safe = True
    for number, resource in enumerate(package.descriptor["resources"]):
        path = resource.get("path") if isinstance(resource, dict) else None
        where = f"resources.{number}.path"
        if not isinstance(path, str) or "://" in path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path:
            problem(where, "path", f"{path!r} is not inside the package", "one relative path below the descriptor, no '..', no address")
            safe = False
            continue
        file = package.root / path
        if not _is_file(file):
            report.problems.append(Problem(path, None, "", "", "file", "error", "the file is missing", f"the table {resource.get('name')!r}"))
            safe = False
        elif not file.resolve().is_relative_to(package.root.resolve()):
            problem(where, "path", f"{path!r} leads outside the package through a link", "a file below the descriptor")
            safe = False
        elif file.stat().st_size > FILE_LIMIT:
            report.problems.append(Problem(path, None, "", "", "file", "error", f"{file.stat().st_size:,} bytes", f"at most {FILE_LIMIT:,}"))
            safe = False
    return safe


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have, such as one that is too long
        return False


def _profile() -> dict:
    # The official profile lies in the dplib wheel; it is read from there without importing the package.
    spec = importlib.util.find_spec("dplib")
    return json.loads((Path(spec.submodule_search_locations[0]) / "profiles" / "2.0" / "datapackage.json").read_text(encoding="utf-8"))


def _shorten(error) -> tuple[str, str]:
    message = error.message if len(error.message) < 160 else f"{error.message[:120]} ..."
    return message, f"what the profile says under {'/'.join(map(str, list(error.schema_path)[-3:]))}"


def _check_structure(package: Package, data: Data, engine: str | None, report: Report) -> None:
    faults, done = engines.structural(package, engine)
    rows: dict[str, dict] = {}
    for fault in faults:
        if fault.table in package.tables and fault.table not in rows:
            rows[fault.table] = {r.number: r for r in data[fault.table]}
        report.problems.append(_told(fault, package, rows.get(fault.table, {})))
    report.checked.append(done)


def _told(fault: Fault, package: Package, rows: dict) -> Problem:
    """A structural fault as a problem: with the key of its row and words that need no knowledge of the standard."""
    table = package.tables.get(fault.table)
    row = rows.get(fault.row)
    note, expected = fault.note, ""
    if fault.kind == "frictionless":
        expected = "a descriptor it can read"
    elif fault.column or fault.cell:
        expected = f"what 'china-ai-controls describe' says of {fault.column or 'the table'}"
    if fault.kind == "constraint-error" and note.startswith('constraint "enum"'):
        note = f"not one of the {fault.column} codes"
    if fault.kind.endswith("-label"):
        note = f"header {fault.cell!r} is wrong: {note}"
    elif fault.cell is not None:
        note = f"{str(fault.cell)[:60]!r} is wrong: {note}"
    file = table.path if table else locate.DESCRIPTOR
    return Problem(file, fault.row, fault.column, row.key if row else "", fault.kind, "error", note[:300], expected)


def _run_rules(rules: list[Rule], data: Data, report: Report) -> None:
    present = {name for name, table in data.package.tables.items()}
    skipped = []
    for rule in rules:
        if not set(rule.needs) <= present:
            skipped.append(rule.id)
            continue
        report.problems += [_placed(rule, found) for found in rule.check(data)]
        report.rules.append(rule.id)
    report.checked.append(counted(len(report.rules), "rule") + (f" (without {', '.join(skipped)}, whose tables are absent)" if skipped else ""))


def _placed(rule: Rule, found: Found) -> Problem:
    if found.row is not None:
        return Problem(found.row.table.path, found.row.number, found.column, found.row.key, rule.id, rule.severity, found.message, found.expected)
    return Problem(found.table or locate.DESCRIPTOR, found.number, found.column, "", rule.id, rule.severity, found.message, found.expected)
