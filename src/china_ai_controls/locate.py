"""Where the data package is: inside the installed wheel, else in the checkout. Never the working directory."""

from pathlib import Path

from .errors import DataError

DESCRIPTOR = "datapackage.json"
_HERE = Path(__file__).resolve().parent
# An installed wheel or sdist carries the package beside the code; an editable checkout has it two folders up.
_CANDIDATES = (_HERE / "_package", _HERE.parents[1])


def root() -> Path:
    """Folder that holds ``datapackage.json``, ``data/`` and ``notebooks/``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DataError
        If the installation lacks the data.

    Examples
    --------
    >>> (root() / "datapackage.json").is_file()
    True
    """
    for folder in _CANDIDATES:
        if (folder / DESCRIPTOR).is_file():
            return folder
    raise DataError(f"{DESCRIPTOR} not found in {' or '.join(map(str, _CANDIDATES))}: the installation is incomplete, install china-ai-controls again")


def is_checkout() -> bool:
    """Whether the data are those of an editable checkout, so that they may be updated in place."""
    return root() == _HERE.parents[1]
