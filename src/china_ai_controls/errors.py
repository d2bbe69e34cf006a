"""The errors a user of the package can meet. Each message says what was wrong and what was expected."""

from .plain import clipped

# A message names what was asked for, but does not repeat a book.
NAME_LIMIT = 100


class DataError(Exception):
    """A file of the package is missing or cannot be read as its descriptor says."""


class UnknownNameError(LookupError):
    """A table, field or key that the package does not have.

    Parameters
    ----------
    what : str
        Kind of thing that was asked for, such as ``"table"``.
    name : object
        What was asked for.
    valid : iterable of str
        What could have been asked for.
    """

    def __init__(self, what, name, valid):
        import difflib

        valid = list(valid)
        near = difflib.get_close_matches(str(name)[:NAME_LIMIT], valid, n=1, cutoff=0.4)
        shown = ", ".join(valid if len(valid) <= 30 else [valid[0], "...", valid[-1]])
        hint = f" Nearest match: {near[0]!r}." if near else ""
        super().__init__(f"unknown {what} {clipped(repr(name), NAME_LIMIT)}.{hint} Valid: {shown}")


class Known(dict):
    """Rows of a table by key. A key that is not there is an error of the data, not of the program.

    Parameters
    ----------
    table : str
    rows : iterable of (str, object)
    """

    def __init__(self, table, rows):
        super().__init__(rows)
        self.table = table

    def __missing__(self, key):
        raise DataError(f"{key!r} is referred to and not in {self.table}. Run 'china-ai-controls validate' to see all problems")


class BadDateError(ValueError):
    """A date that is no date."""

    def __init__(self, value):
        super().__init__(f"not a date: {clipped(repr(value), NAME_LIMIT)}. Expected a day as YYYY-MM-DD, such as '2025-03-01', or a datetime.date")
