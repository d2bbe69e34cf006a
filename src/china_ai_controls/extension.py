"""An extension: tables of somebody's own that refer to records of the package, checked together with it.

The rows of both are united in a temporary package, ours first, so that a row number says whose row it is.
"""

import contextlib
import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from . import locate
from .errors import DataError, UnknownNameError
from .plain import counted
from .schema import Package, Table
from .validation import FILE_LIMIT, Problem, Report, check_files, validate

RULE = "extension"
# Where a table may lie: flat, or in folders as in the package itself.
FOLDERS = ("", "links", "records", "data", "data/links", "data/records")
LINE_END = re.compile(rb"\r\n|\n|\r")


def validate_extension(folder: str | Path, path: str | Path | None = None, only: Iterable[str] | None = None, engine: str | None = None) -> Report:
    """Validate tables of your own together with the package they refer to.

    Parameters
    ----------
    folder : str or Path
        Holds any of the package's tables under their names (``events.csv``, ``claim_sources.csv``) and with the same
        columns, in the folder itself or in the folders that the package has. Keys must be new.
    path : str or Path, optional
        The package; the installed one by default.
    only : iterable of str, optional
        Ids of rules to run, as for `validation.validate`.
    engine : str, optional
        Who does the structural checks, as for `validation.validate`.

    Returns
    -------
    Report
        Problems in the extension's files at their own rows, and those of the package's rows that it had not without the extension.
        Nothing is written beside a temporary folder.

    Raises
    ------
    DataError
        If the folder holds no table, or the package itself cannot be read.
    UnknownNameError
        If there is no rule of an id in `only`, or no such engine.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as mine:
    ...     _ = (Path(mine) / "event_actors.csv").write_text("event_id,actor_id,role\\nE0001,A0001,critic\\n")
    ...     validate_extension(mine, only=["F4"]).valid
    True
    """
    folder = Path(folder)
    root = locate.root() if path is None else Path(path)
    ours = Package(root.parent if root.name == locate.DESCRIPTOR else root)
    unsafe = Report(str(root))
    if not check_files(ours, unsafe):
        raise DataError(f"the package that the extension refers to cannot be used: {unsafe.problems[0]}")
    report = Report(str(folder), root=folder)
    files = _files(folder, ours, report)
    content = {name: _content(file, folder, ours.table(name), report) for name, file in files.items()}
    _check_keys({name: text for name, text in content.items() if text is not None}, files, ours, report)
    if report.problems:
        report.checked.append("files, columns and keys of the extension; its rows were not united with ours, because of the problems above")
        return report
    with tempfile.TemporaryDirectory() as temporary:
        first_row = _unite(content, ours, Path(temporary))
        found = validate(temporary, only, engine)
    named = {ours.table(name).path: (file, first_row[name]) for name, file in files.items()}
    theirs = [p for p in found.problems if p.file in named and _is_theirs(p, named[p.file][1])]
    others = [p for p in found.problems if p not in set(theirs)]
    if others:
        # What is wrong in our rows without the extension too is none of its business; what it makes wrong is.
        before = set(validate(ours.root, only, engine).problems)
        others = [p for p in others if p not in before]
    report.problems = [_placed(p, *named[p.file]) for p in theirs if not _at_the_seam(p, named[p.file][1])]
    report.problems += [_placed(p, *named[p.file]) if p.row is None and p.file in named else _in_ours(p, ours) for p in others]
    report.problems.sort(key=lambda p: (p.file, p.row or 0, p.column, p.rule, p.message))
    report.rules = found.rules
    rows = sum(len(_rows(text)) - 1 for text in content.values())
    report.checked = [f"{counted(rows, 'row')} in {counted(len(files), 'table')}, united with {ours.name} {ours.version}", *found.checked]
    return report


def _files(folder: Path, ours: Package, report: Report) -> dict[str, str]:
    """Table name to its file in the extension, relative to the folder."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected one with tables of your own, such as events.csv")
    files: dict[str, str] = {}
    for part in FOLDERS:
        for path in sorted((folder / part).glob("*.csv")):
            file = path.relative_to(folder).as_posix()
            if path.stem not in ours.tables:
                unknown = str(UnknownNameError("table", path.stem, ours.tables))
                report.problems.append(Problem(file, None, "", "", RULE, "error", unknown, "files named after tables of the package"))
            elif path.stem in files:
                report.problems.append(Problem(file, None, "", "", RULE, "error", f"{files[path.stem]} is the same table", "one file for one table"))
            elif not path.resolve().is_relative_to(folder.resolve()):
                report.problems.append(Problem(file, None, "", "", RULE, "error", "leads outside the extension through a link", "a file in the folder"))
            else:
                files[path.stem] = file
    if not files and not report.problems:
        raise DataError(f"{folder}: no table found; expected CSV files named after tables of the package, such as events.csv")
    return files


def _content(file: str, folder: Path, table: Table, report: Report) -> bytes | None:
    """The bytes of one file of the extension; None, and a problem in the report, where they cannot be united with ours."""

    size = (folder / file).stat().st_size
    if size > FILE_LIMIT:
        report.problems.append(Problem(file, None, "", "", RULE, "error", f"{size:,} bytes", f"at most {FILE_LIMIT:,}"))
        return None
    content = (folder / file).read_bytes()
    columns, expected = next(iter(_rows(_header(content))), []), [f.name for f in table.fields]
    if columns != expected:
        report.problems.append(Problem(file, 1, "", "", RULE, "error", f"columns are {', '.join(columns) or 'none'}", ", ".join(expected)))
        return None
    return content


def _header(content: bytes) -> bytes:
    """The first line with its end."""
    end = LINE_END.search(content)
    return content[: end.end()] if end else content


def _rows(content: bytes) -> list[list[str]]:
    """Rows as far as they can be read, as the rules read them."""
    rows: list[list[str]] = []
    # What cannot be read is reported by the validation of the union.
    with contextlib.suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))
    return rows


def _keys(content: bytes, table: Table) -> list[tuple[str, ...]]:
    """The primary key of every row, of the header too, so that places in the list are row numbers less one."""
    names = [f.name for f in table.fields]
    return [tuple(dict(zip(names, row)).get(f, "") for f in table.primary_key) for row in _rows(content)]


def _check_keys(content: dict[str, bytes], files: dict[str, str], ours: Package, report: Report) -> None:
    """A key of ours in the extension would put two records under one key, and a retired one would bring back what was withdrawn."""
    retired = set()
    if "retired_ids" in ours.tables:
        retired = set(_keys(ours.path(ours.table("retired_ids")).read_bytes(), ours.table("retired_ids"))[1:])
    for name, text in content.items():
        table = ours.table(name)
        taken = set(_keys(ours.path(table).read_bytes(), table)[1:])
        for number, key in enumerate(_keys(text, table)[1:], start=2):
            state = "a key" if key in taken else "a retired key" if key in retired and name != "retired_ids" else ""
            if state:
                joined, expected = "/".join(key), "a key of your own; no row, if the same record is meant"
                message = f"{joined} is {state} of {ours.name} already"
                report.problems.append(Problem(files[name], number, table.primary_key[0], joined, RULE, "error", message, expected))


def _unite(content: dict[str, bytes], ours: Package, target: Path) -> dict[str, int]:
    """Write the united package; the number that the extension's first row has there, table by table."""
    # What the extension adds may be younger than our data; only what lies in the future is a slip.
    closed = max(str(ours.descriptor.get("closedOn", "")), date.today().isoformat())
    (target / locate.DESCRIPTOR).write_text(json.dumps({**ours.descriptor, "closedOn": closed}), encoding="utf-8")
    first_row = {}
    for name, table in ours.tables.items():
        text = ours.path(table).read_bytes()
        if name in content:
            # The header is the extension's, so that a byte-order mark or a carriage return in it is found.
            header = _header(content[name])
            body = text[len(_header(text)) :]
            first_row[name] = len(_rows(text)) + 1
            text = _ended(header) + _ended(body) + content[name][len(header) :]
        path = target / table.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return first_row


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith((b"\n", b"\r")) else text + b"\n"


def _is_theirs(problem: Problem, first_row: int) -> bool:
    return problem.row is not None and (problem.row == 1 or problem.row >= first_row)


def _at_the_seam(problem: Problem, first_row: int) -> bool:
    """The extension's first row comes after our last, whatever their keys."""
    return problem.rule == "F4" and problem.row == first_row


def _placed(problem: Problem, file: str, first_row: int) -> Problem:
    """A problem of the union where the extension has it."""

    def own(number: int) -> int:
        return number - first_row + 2 if number >= first_row else number

    message = re.sub(r"(?<=the row at position )\d+", lambda m: str(own(int(m[0]))), problem.message)
    return replace(problem, file=file, row=problem.row and own(problem.row), message=message)


def _in_ours(problem: Problem, ours: Package) -> Problem:
    return replace(problem, file=f"{ours.name}:{problem.file}", message=f"{problem.message}; not so without the extension")
