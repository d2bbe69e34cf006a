"""China AI Controls: a dataset on the controls that shape China's AI, and the package that ships it.

>>> import china_ai_controls as cac
>>> cac.tables()[:4]
['events', 'actors', 'companies', 'sources']
"""

# These modules need the standard library only; pandas is imported by the functions that return DataFrames.
from .citation import cite
from .codebook import describe, find
from .errors import BadDateError, DataError, UnknownNameError
from .record import evidence
from .tables import actors, companies, events, load, sources, tables

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
    "sources",
    "tables",
]


def __getattr__(name):
    # The version is written once, in the descriptor; it is read when asked for.
    if name == "__version__":
        from .schema import package

        return package().version
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
