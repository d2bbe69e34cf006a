"""Text that can be shown safely and fits where it is shown. Standard library only."""

import unicodedata


def printable(text: str) -> str:
    """Text without characters that drive a terminal, change the direction of reading or cannot be seen.

    Each is replaced by the replacement character, so that one sees that something was there; unusual spaces become a space.

    Examples
    --------
    >>> printable("a\\x1b[31mb\\u202ec")
    'a�[31mb�c'
    """
    return "".join(c if c.isprintable() else " " if unicodedata.category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text)


def clipped(text: str, limit: int) -> str:
    """The beginning of a text that is too long, with the number of characters left out.

    Examples
    --------
    >>> clipped("abcdef", 3)
    'abc... (3 more characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text) - limit:,} more characters)"


def counted(number: int, word: str) -> str:
    """A number with its noun, such as '1 origin' or '3 origins'.

    Examples
    --------
    >>> counted(1, "origin"), counted(1200, "origin")
    ('1 origin', '1,200 origins')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Chinese character, none for a combining mark.

    Examples
    --------
    >>> cells("Li 李")
    5
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces, and inside a word only where it is wider than a line.

    Examples
    --------
    >>> wrapped("one two 三四五六", 7)
    ['one two', '三四五', '六']
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        # Most words fit; the rest, and Chinese text, which has no spaces, is filled character by character.
        if cells(word) <= width:
            lines[-1] = word
            continue
        taken = 0
        for character in word:
            wide = cells(character)
            if taken + wide > width:
                lines.append("")
                taken = 0
            lines[-1] += character
            taken += wide
    return lines
