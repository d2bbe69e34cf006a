"""A release: wheel, sdist and data archive from one checkout, and whether the version number says what changed."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from . import locate
from .errors import DataError
from .extras import need
from .metadata import metadata
from .pages import codebook
from .schema import Package, package
from .tables import rows

# Where a checkout keeps what the last release held, so that any later state can be compared with it.
LAST = Path("tests") / "releases"
# What a change asks of the version number, the weakest first.
KINDS = ("none", "documentation", "values", "schema")
# Files in archives get this date: the bytes then depend on nothing but their contents.
EPOCH = (1980, 1, 1, 0, 0, 0)


def fingerprint(source: Package | None = None) -> dict:
    """What a later version is compared with: the schema, a digest of all descriptions, and a digest of every row by its key.

    Returns
    -------
    dict
        version; documentation (digest); schema (table to field to type, codes); rows (table to key to digest); retired (keys).

    Examples
    --------
    >>> fingerprint()["schema"]["events"]["direction"]["codes"]
    ['tightens', 'loosens', 'neutral']
    """
    source = source or package()
    return {
        "version": source.version,
        "documentation": _digest(_described(source.descriptor)),
        "schema": {t.name: {f.name: {"type": f.type, "codes": [str(c.value) for c in f.codes]} for f in t.fields} for t in source.tables.values()},
        "rows": {
            t.name: {"/".join(str(r[k]) for k in t.primary_key): _digest([str(v) for v in r.values()]) for r in rows(t.name, source)}
            for t in source.tables.values()
        },
        "retired": [r["retired_id"] for r in rows("retired_ids", source)],
    }


def _digest(value) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def _described(part):
    """Titles, descriptions and examples of a descriptor, and nothing else."""
    if isinstance(part, dict):
        return {k: _described(v) for k, v in part.items() if k in ("title", "description", "label", "example", "datasheet") or isinstance(v, (dict, list))}
    if isinstance(part, list):
        return [_described(v) for v in part]
    return part


@dataclass
class Change:
    """What differs between two versions.

    Attributes
    ----------
    kind : str
        The gravest of `KINDS`.
    lines : list of str
        One line per difference, or per group of them.
    errors : list of str
        What no version number excuses: keys that vanished without being retired, a number too low.
    """

    kind: str = "none"
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def add(self, kind: str, line: str) -> None:
        """Note a difference."""
        self.kind = max(self.kind, kind, key=KINDS.index)
        self.lines.append(f"{kind}: {line}")

    def __str__(self) -> str:
        return "\n".join([f"change: {self.kind}", *self.lines, *(f"error: {e}" for e in self.errors)])


def compare(old: dict, new: dict) -> Change:
    """Classify what changed between two fingerprints, and check the version number and the retired keys against it.

    Parameters
    ----------
    old, new : dict
        What `fingerprint` gives.

    Returns
    -------
    Change
        A table, field or code that is gone, or a field of another type, is a change of schema and asks for a new major version; below
        version 1.0 a new minor one is enough. What is added, and rows that are new, gone or changed, are values and ask for a new minor
        version. Descriptions ask for a new patch version.

    Examples
    --------
    >>> same = fingerprint()
    >>> compare(same, same).kind
    'none'
    """
    change = Change()
    for table, fields in old["schema"].items():
        now = new["schema"].get(table)
        if now is None:
            change.add("schema", f"table {table} is gone")
            continue
        for name, about in fields.items():
            if name not in now:
                change.add("schema", f"{table}.{name} is gone or renamed")
            elif now[name]["type"] != about["type"]:
                change.add("schema", f"{table}.{name} is of type {now[name]['type']}, was {about['type']}")
            elif missing := [c for c in about["codes"] if c not in now[name]["codes"]]:
                change.add("schema", f"{table}.{name} lacks {', '.join(missing)}")
    for table, fields in new["schema"].items():
        known = old["schema"].get(table, {})
        for name in fields:
            if name not in known:
                change.add("values", f"{table}.{name} is new")
            elif added := [c for c in fields[name]["codes"] if c not in known[name]["codes"]]:
                change.add("values", f"{table}.{name} has new codes {', '.join(added)}")
    for table, now in new["rows"].items():
        was = old["rows"].get(table, {})
        counted = {"added": len(now.keys() - was.keys()), "removed": len(was.keys() - now.keys())}
        counted["changed"] = sum(was[k] != now[k] for k in now.keys() & was.keys())
        if any(counted.values()):
            change.add("values", f"{table}: " + ", ".join(f"{n:,} rows {what}" for what, n in counted.items() if n))
        for key in sorted(was.keys() - now.keys()):
            # Rows of link tables have no key of their own; they go with the records they link.
            if re.fullmatch(r"[EACSMKNQ]\d+", key) and key not in new["retired"]:
                change.errors.append(f"{key} of {table} is gone and not in retired_ids")
    if old["documentation"] != new["documentation"]:
        change.add("documentation", "descriptions differ")
    _check_version(old["version"], new["version"], change)
    return change


def _check_version(old: str, new: str, change: Change) -> None:
    before, after = (tuple(map(int, v.split("."))) for v in (old, new))
    place = {"none": None, "documentation": 2, "values": 1, "schema": 0 if before[0] else 1}[change.kind]
    if place is not None and after[: place + 1] <= before[: place + 1]:
        name = ("major", "minor", "patch")[place]
        change.errors.append(f"version is {new} after {old}; a change of {change.kind} asks for a new {name} version")


def last_release(root: Path) -> dict | None:
    """The fingerprint of the last release, or None if there is none yet."""
    found = sorted((root / LAST).glob("*.json"), key=lambda p: tuple(map(int, p.stem.split("."))))
    return json.loads(found[-1].read_text(encoding="utf-8")) if found else None


def changes() -> Change:
    """What changed since the last release; a first release changes nothing.

    Examples
    --------
    >>> changes().kind in KINDS
    True
    """
    before = last_release(locate.root())
    return compare(before, fingerprint()) if before else Change()


def release(out: str | Path) -> Change:
    """Build wheel, sdist and data archive of a checkout, with a manifest of their digests.

    Parameters
    ----------
    out : str or Path
        New or empty folder. It gets the wheel, the sdist, ``china-ai-controls-VERSION-data.zip`` (descriptor, data, metadata, codebook,
        licence, and ``SHA256SUMS`` of every file in it), ``SHA256SUMS`` and ``fingerprint.json``. Equal checkouts give equal bytes.

    Returns
    -------
    Change
        What changed since the last release.

    Raises
    ------
    DataError
        If this is no checkout, the version number does not fit what changed, `out` holds something, or a build fails.
    MissingExtraError
        If the packages that build are not installed.
    """
    need("dev", "build", "hatchling")
    out, root = Path(out), locate.root()
    if not locate.is_checkout():
        raise DataError("a release is built from a checkout; this is an installed package")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} exists and is not empty; expected a new folder")
    change = changes()
    if change.errors:
        raise DataError(str(change))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".release-") as folder:
        work = Path(folder) / "new"
        work.mkdir()
        _build(root, work)
        _archive(root, work / f"{package().name}-{package().version}-data.zip")
        (work / "fingerprint.json").write_text(json.dumps(fingerprint(), ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        (work / "SHA256SUMS").write_text(_sums({p.name: p.read_bytes() for p in work.iterdir()}), encoding="utf-8")
        if out.exists():
            out.rmdir()
        work.rename(out)
    return change


def _build(root: Path, out: Path) -> None:
    # A fixed date in place of the clock's makes two builds the same bytes.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise DataError(f"the build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _archive(root: Path, path: Path) -> None:
    """The data as one file for an archive: what a reader needs without Python, each file with its digest."""
    contents = {name: (root / name).read_bytes() for name in (locate.DESCRIPTOR, "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE-DATA")}
    contents |= {t.path: package().path(t).read_bytes() for t in package().tables.values()}
    with tempfile.TemporaryDirectory() as folder:
        contents |= {p.name: p.read_bytes() for p in metadata(folder)}
    contents["codebook.md"] = codebook().encode()
    contents["codebook.html"] = codebook("html").encode()
    contents["SHA256SUMS"] = _sums(contents).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, contents[name])


def _sums(contents: dict[str, bytes]) -> str:
    """Digests in the form that ``sha256sum --check`` reads."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items()))
