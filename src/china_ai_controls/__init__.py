"""China AI Controls: a dataset on the controls that shape China's AI, and the package that ships it.

>>> import china_ai_controls as cac
>>> cac.tables()[:4]
['events', 'actors', 'companies', 'sources']
"""

import sys

TYPE_CHECKING = False  # as type checkers know it, without the import of typing
if TYPE_CHECKING:
    from .citation import cite
    from .codebook import describe, find
    from .errors import BadDateError, DataError, UnknownNameError
    from .record import evidence
    from .tables import actors, companies, events, load, load_all, sources, tables

__all__ = [
    "BadDateError",
    "DataError",
    "UnknownNameError",
    "actors",
    "cite",
    "companies",
    "describe",
    "events",
    "evidence",
    "find",
    "load",
    "load_all",
    "sources",
    "tables",
]

_MODULES = {
    "citation": ("cite",),
    "codebook": ("describe", "find"),
    "errors": ("BadDateError", "DataError", "UnknownNameError"),
    "record": ("evidence",),
    "tables": ("actors", "companies", "events", "load", "load_all", "sources", "tables"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name):
    # Nothing is imported before it is asked for: whoever wants one citation need not wait for the rest.
    if name in _HOME:
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
        return value
    # The version is written once, in the descriptor.
    if name == "__version__":
        from .schema import package

        return package().version
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__, "__version__"])


class _Package(type(sys)):
    """`tables` and `evidence` are functions and modules; importing such a module must not put it in the place of the function."""

    def __setattr__(self, name, value):
        if not (name in _HOME and isinstance(value, type(sys))):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
