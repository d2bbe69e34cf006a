"""Optional packages: what needs them says how to get them."""

import importlib.util


class MissingExtraError(ModuleNotFoundError):
    """An optional package is not installed; the message names the extra that brings it."""


def need(extra: str, *modules: str) -> None:
    """Check that the packages of an extra can be imported, without importing them.

    Raises
    ------
    MissingExtraError
        If one cannot.

    Examples
    --------
    >>> need("validate", "json")
    """
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    if missing:
        raise MissingExtraError(f"this needs {', '.join(missing)}: pip install 'china-ai-controls[{extra}]'", name=missing[0])
