"""Published numbers: every number in a notebook's text is a finding, computed here and compared by ``reproduce``."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

FILE = "findings.csv"


@dataclass(frozen=True)
class Finding:
    """One published number.

    Attributes
    ----------
    finding_id : str
        Notebook and name, such as ``seed.n_origins``.
    statement : str
        What the number says.
    value : str
        The number as published.
    how : str
        How it is computed.
    """

    finding_id: str
    statement: str
    value: str
    how: str


def read(path: Path) -> list[Finding]:
    """Findings from a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Finding(**row) for row in csv.DictReader(file)]


def write(found: Iterable[Finding], path: Path) -> None:
    """Write findings to a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(f.name for f in fields(Finding))
        writer.writerows(astuple(f) for f in found)


def differences(computed: Iterable[Finding], published: Iterable[Finding]) -> list[str]:
    """What differs between two lists of findings, one line per difference.

    Examples
    --------
    >>> differences([Finding("a", "Events", "2", "count")], [Finding("a", "Events", "3", "count")])
    ["a: computed '2', published '3'"]
    """
    new, old = {f.finding_id: f for f in computed}, {f.finding_id: f for f in published}
    lines = [f"{i}: published, no longer computed" for i in old if i not in new]
    lines += [f"{i}: computed, not published" for i in new if i not in old]
    for i in new:
        if i in old and new[i].value != old[i].value:
            lines.append(f"{i}: computed {new[i].value!r}, published {old[i].value!r}")
        elif i in old and new[i] != old[i]:
            lines.append(f"{i}: the wording differs from the published one")
    return lines


def frame(found: Iterable[Finding]):
    """Findings as a DataFrame, for a notebook: statement, value, how."""
    import pandas

    table = pandas.DataFrame([astuple(f) for f in found], columns=[f.name for f in fields(Finding)])
    return table.set_index("finding_id")
