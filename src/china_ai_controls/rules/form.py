"""Rules on the form of the files and cells."""

import re
import unicodedata

from .base import CELL_LIMIT, Data, Found, rule

# Control, zero-width and direction-changing characters: text that looks the same but is not, or reads in another order.
INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
FORMULA = ("=", "+", "@", "\t")


@rule("F1", "Files are UTF-8 without a byte-order mark, with LF line ends")
def encoding(data: Data):
    """A byte-order mark glues itself to the first column's name, and mixed line ends make every row of a version differ from the last."""
    for table in data.package.tables.values():
        path = data.package.path(table)
        if not path.is_file():
            continue
        content = path.read_bytes()
        if content.startswith(b"\xef\xbb\xbf"):
            yield Found("the file starts with a byte-order mark", "UTF-8 without one", table=table.path, number=1)
        if b"\r" in content:
            number = content[: content.index(b"\r")].count(b"\n") + 1
            yield Found("a carriage return", "LF line ends only", table=table.path, number=number)
        if content and not content.endswith(b"\n"):
            yield Found("the last line has no end", "a line feed after the last row", table=table.path, number=content.count(b"\n") + 1)
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            yield Found(f"byte {error.start} is not UTF-8", "UTF-8", table=table.path, number=content[: error.start].count(b"\n") + 1)


def _cells(data: Data):
    for name in data.package.tables:
        for row in data[name]:
            for column, text in row.items():
                yield row, column, text


@rule("F2", "Cells have no spaces at their edges, no line breaks and no invisible characters")
def clean_cells(data: Data):
    """Two names that differ by a space or a zero-width character are two people to every join, and a line break shifts all rows after it."""
    for row, column, text in _cells(data):
        if text != text.strip():
            yield Found(f"space at the edge of {text[:60]!r}", "no space at either end", row, column)
        elif INVISIBLE.search(text):
            yield Found(f"invisible character or line break in {ascii(text[:60])}", "visible characters in one line", row, column)
        elif not unicodedata.is_normalized("NFC", text):
            yield Found(f"{text[:60]!r} is not in Unicode form NFC", "NFC", row, column)


@rule("F3", "No cell starts like a formula")
def no_formula(data: Data):
    """A spreadsheet runs a cell that starts with = + or @ as a formula, and shows something else than what is stored."""
    for row, column, text in _cells(data):
        if text.startswith(FORMULA):
            yield Found(f"{text[:60]!r} starts like a formula", "text that no spreadsheet evaluates", row, column)


@rule("F4", "Rows are sorted by key")
def sorted_rows(data: Data):
    """Unsorted rows hide duplicates and make two versions impossible to compare line by line."""
    for name, table in data.package.tables.items():
        before = None
        for row in data[name]:
            key = tuple(row.get(f, "") for f in table.primary_key)
            if before is not None and key < before:
                yield Found(f"{row.key} stands after {'/'.join(before)}", "rows in ascending order of their key", row, table.primary_key[0])
            before = key


@rule("F5", "Dates are written YYYY-MM-DD")
def iso_dates(data: Data):
    """Some readers take 2024-2-3 as 3 February, some as 2 March, some as text; all of them silently."""
    for name, table in data.package.tables.items():
        dates = [f.name for f in table.fields if f.type == "date"]
        for row in data[name]:
            for column in dates:
                if row.get(column) and row.day(column) is None:
                    yield Found(f"{row[column]!r} is not a date", "a day as YYYY-MM-DD", row, column)


@rule("F6", "No cell is longer than any honest text")
def cell_length(data: Data):
    """An unclosed quote swallows the rest of the file into one cell; the rows seem never to have existed."""
    for row, column, text in _cells(data):
        if len(text) > CELL_LIMIT:
            yield Found(f"a cell of {len(text):,} characters", f"at most {CELL_LIMIT:,}", row, column)


@rule("F7", "Keys are written in ASCII")
def ascii_keys(data: Data):
    """A Cyrillic or full-width letter in a key looks right and joins with nothing."""
    for name, table in data.package.tables.items():
        keys = {*table.primary_key, *(k.field for k in table.foreign_keys)}
        for row in data[name]:
            for column in keys:
                if not row.get(column, "").isascii():
                    yield Found(f"{ascii(row[column])} has letters that only look like ASCII", "ASCII letters and digits", row, column)


# One letter of each script that a name must be written in.
SCRIPT = {
    "name": ("Latin", re.compile("[A-Za-z\u00c0-\u024f]")),
    "name_zh": ("Chinese", re.compile("[\u3400-\u9fff]")),
    "name_ar": ("Arabic", re.compile("[\u0600-\u06ff]")),
}


@rule("F8", "Names are in the script of their column")
def name_scripts(data: Data):
    """A Chinese name in the Arabic column is found by no search in either language, and stands in the wrong table of every publication."""
    for name, table in data.package.tables.items():
        for column in SCRIPT.keys() & {f.name for f in table.fields}:
            script, letters = SCRIPT[column]
            for row in data[name]:
                if row.get(column) and not letters.search(row[column]):
                    yield Found(f"{row[column][:60]!r} has no {script} letter", f"a name in {script} letters, or an empty cell", row, column)


LOOK_ALIKE = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]")


@rule("F9", "No word mixes Latin letters with Greek or Cyrillic ones")
def look_alikes(data: Data):
    """A name with one Cyrillic letter looks right, is found by nobody, and passes for another name in every count."""
    for row, column, text in _cells(data):
        hit = None if text.isascii() else LOOK_ALIKE.search(text)
        if hit:
            yield Found(f"{ascii(hit.group(0))} in {text[:60]!r} mixes two alphabets", "letters of one alphabet in a word", row, column)
