"""What all tests share: the tiny package, which is valid and complete, and ways to damage a copy of it."""

import shutil
from pathlib import Path

import pytest

from china_ai_controls.schema import Package, package

TESTS = Path(__file__).parent
PROJECT = TESTS.parent


@pytest.fixture
def tiny(tmp_path) -> Path:
    """A fresh copy of the tiny package with the project's own descriptor."""
    root = tmp_path / "tiny"
    shutil.copytree(TESTS / "packages" / "tiny", root)
    shutil.copy(package().root / "datapackage.json", root)
    return root


@pytest.fixture
def tiny_package(tiny) -> Package:
    return Package(tiny)


def replace(root: Path, file: str, old: str, new: str) -> None:
    """Change one place of one file; the place must be there exactly once, so that no test damages nothing."""
    path = root / file
    text = path.read_bytes().decode("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_bytes(text.replace(old, new).encode("utf-8"))


def append(root: Path, file: str, line: str) -> None:
    """Add one row at the end of a file."""
    with (root / file).open("a", encoding="utf-8", newline="") as out:
        out.write(line + "\n")
