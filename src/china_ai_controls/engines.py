"""Which engine does the structural checks of a package: frictionless, the reference of the standard, or `structure`, the fast one."""

from collections.abc import Iterator

from . import locate, structure
from .errors import UnknownNameError
from .schema import Package
from .structure import Fault

ENGINES = ("frictionless", "fast")
# From this size on frictionless takes more than about ten seconds.
FAST_FROM_BYTES = 8 * 2**20


def structural(package: Package, engine: str | None = None) -> tuple[list[Fault], str]:
    """The structural faults of a package.

    Parameters
    ----------
    package : Package
        One whose files are there (see `validation.check_files`).
    engine : str, optional
        One of `ENGINES`; by default frictionless, for packages from `FAST_FROM_BYTES` on the fast one.

    Returns
    -------
    list of Fault
    str
        What was done, as one line of a report.

    Raises
    ------
    UnknownNameError
        If there is no such engine.

    Examples
    --------
    >>> from china_ai_controls.schema import package
    >>> structural(package(), "fast")
    ([], '18 tables by the fast engine')
    """
    if engine not in (None, *ENGINES):
        raise UnknownNameError("engine", engine, ENGINES)
    size = sum(package.path(t).stat().st_size for t in package.tables.values())
    tables = f"{len(package.tables)} tables by"
    if engine == "fast" or (engine is None and size >= FAST_FROM_BYTES):
        beyond = structure.unable(package)
        why = "" if engine else f", the default from {FAST_FROM_BYTES // 2**20} MiB on"
        if not beyond:
            return list(structure.faults(package)), f"{tables} the fast engine{why}"
        return list(_frictionless(package)), f"{tables} {_version()}, because {beyond} is beyond the fast engine"
    return list(_frictionless(package)), f"{tables} {_version()}"


def _version() -> str:
    import frictionless

    return f"frictionless {frictionless.__version__}"


def _frictionless(package: Package) -> Iterator[Fault]:
    import frictionless

    try:
        result = frictionless.Package(str(package.root / locate.DESCRIPTOR)).validate()
    except Exception as error:
        # frictionless crashes on some descriptors (a bad regular expression, say); that is a finding about the package, not the end of the report.
        yield Fault("", None, "", "frictionless", None, f"frictionless could not read the package: {' '.join(str(error).split())[:200]}")
        return
    for error in result.errors:
        yield Fault("", None, "", error.type, None, " ".join(error.note.split()))
    for task in result.tasks:
        # frictionless makes up names for columns that the schema does not have.
        names = {f.name for f in package.tables[task.name].fields} if task.name in package.tables else set()
        for error in task.errors:
            note = " ".join(error.note.split()) or error.title
            cell = getattr(error, "cell", getattr(error, "label", None))
            column = getattr(error, "field_name", None)
            yield Fault(task.name, getattr(error, "row_number", None), column if column in names else "", error.type, cell, note)
