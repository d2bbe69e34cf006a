"""The codebook as one page, in Markdown or HTML, rendered from the descriptor and the rules: no sentence of it stands anywhere else."""

import csv
import re
from pathlib import Path

from .codebook import rules_page
from .evidence import __doc__ as DERIVED
from .extras import need
from .schema import Field, Package, Table, package
from .views import described

# Folder of the benchmarks' results, and the one that has a figure.
SPEED, SCALE = "speed", "evidence_scale"
SCALED = {
    "sources": "sources",
    "total_s": "all derived facts, seconds",
    "peak_mb": "peak memory, MB",
    "origins_s": "origins alone, seconds",
    "origins_pandas_s": "by merges of pandas",
    "origins_networkx_s": "by networkx",
}


def codebook(to: str = "markdown", source: Package | None = None) -> str:
    """The whole codebook: tables, keys, fields, codes, derived facts, views, rules, datasheet, changes of meaning.

    Parameters
    ----------
    to : str
        ``"markdown"`` or ``"html"``; the latter needs the extra ``codebook``.
    source : Package, optional

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If `to` is neither.
    MissingExtraError
        If the extra is needed and not installed.

    Examples
    --------
    >>> codebook().splitlines()[0]
    '# China AI Controls: codebook'
    """
    if to not in ("markdown", "html"):
        raise ValueError(f"unknown form {to!r}; expected 'markdown' or 'html'")
    source = source or package()
    text = "\n".join(_lines(source))
    return text if to == "markdown" else _html(text, source)


def _lines(source: Package):
    about = source.descriptor
    yield f"# {about['title']}: codebook"
    yield f"\nVersion {source.version}, closed on {about['closedOn']}. {about['description']}\n"
    yield "## Contents\n"
    speed = list(_speed(source))
    chapters = ("Tables", "Derived facts", "Views", "Rules", "Datasheet", *(("Speed",) if speed else ()), "Changes of meaning")
    yield from (f"- [{name}](#{_anchor(name)})" for name in chapters)
    yield "\n## Tables\n"
    yield "| table | file | a row |\n|---|---|---|"
    yield from (f"| [{t.name}](#{_anchor(t.name)}) | `{t.path}` | {_cell(t.description)} |" for t in source.tables.values())
    for table in source.tables.values():
        yield from _table(table)
    yield "\n## Derived facts\n"
    yield _prose(DERIVED)
    yield "\n## Views\n\nComputed for every export from the tables above.\n"
    for view in described(source).values():
        yield from _table(view)
    yield "\n" + re.sub(r"^(#+) ", r"#\1 ", rules_page(), flags=re.M)
    yield "## Datasheet\n"
    yield from datasheet(source)
    yield from speed
    yield "\n## Changes of meaning\n"
    yield "| date | version | what changed |\n|---|---|---|"
    yield from (f"| {c['date']} | {c['version']} | {_cell(c['change'])} |" for c in about.get("meaningChanges", ()))
    yield ""


def _speed(source: Package):
    """What the benchmarks measured, if their results lie beside the tables."""
    folder = source.root / SPEED
    if not (folder / "results.csv").is_file():
        return
    machine, *found = _records(folder / "results.csv")
    yield "\n## Speed\n"
    yield f"Measured in one run on one machine ({machine['measured']}) by `tests/benchmarks`. Ratios can be compared, seconds cannot.\n"
    yield "| where | what | takes | beside | which takes | so it is | aim |\n|---|---|---|---|---|---|---|"
    for row in found:
        unit, relation = row["unit"], row["relation"]
        result = f"{row['result']} {unit} more" if relation == "more than" else f"{row['result']} {relation}"
        cells = (row["group"], row["measured"], f"{row['value']} {unit}", row["compared_with"], f"{row['reference']} {unit}", result, row["target"])
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield "\nDerived facts of synthetic packages, and the part of the work that others can do as well, by number of sources:\n"
    yield f"| {' | '.join(SCALED.values())} |\n|{'---|' * len(SCALED)}"
    yield from (f"| {' | '.join(row[name] for name in SCALED)} |" for row in _records(folder / f"{SCALE}.csv"))
    yield f"\n![How cost grows with the number of sources]({SPEED}/{SCALE}.svg)"


def _records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def datasheet(source: Package | None = None, headings: tuple[str, ...] | None = None, level: int = 3) -> list[str]:
    """The datasheet as lines of Markdown.

    Parameters
    ----------
    source : Package, optional
    headings : tuple of str, optional
        Only these parts, without their headings; the whole by default.
    level : int
        Level of the headings.

    Returns
    -------
    list of str

    Examples
    --------
    >>> datasheet()[0]
    '### Motivation'
    """
    parts = (source or package()).descriptor.get("datasheet", ())
    if headings is not None:
        return [f"**{item['question']}** {item['answer']}" for part in parts if part["heading"] in headings for item in part["items"]]
    lines = []
    for part in parts:
        lines += [f"{'#' * level} {part['heading']}", ""]
        lines += [line for item in part["items"] for line in (f"**{item['question']}** {item['answer']}", "")]
    return lines


def _table(table: Table):
    yield f"\n### {table.name}\n"
    yield f"{table.title}. {table.description}\n"
    yield f"Key: {', '.join(f'`{k}`' for k in table.primary_key)}."
    if table.foreign_keys:
        yield " ".join(f"`{k.field}` refers to `{k.table}.{k.target}`." for k in table.foreign_keys)
    yield "\n| field | type | | meaning | example |\n|---|---|---|---|---|"
    yield from (
        f"| `{f.name}` | {f.type} | {'required' if f.required else ''} | {_cell(f.title)}. {_cell(f.description)}{_limits(f)} | {_cell(str(f.example))} |"
        for f in table.fields
    )
    for field in table.fields:
        # Codes of views are those of the derived facts, which are defined there.
        if field.codes and field.codes[0].description:
            yield f"\nCodes of `{table.name}.{field.name}`{' (in this order)' if field.ordered else ''}:\n"
            yield "| code | label | definition |\n|---|---|---|"
            yield from (f"| `{c.value}` | {_cell(c.label)} | {_cell(c.description)} |" for c in field.codes)


def _limits(field: Field) -> str:
    limits = {k: v for k, v in field.constraints.items() if k not in ("required", "enum")}
    return f" Limits: {_cell(', '.join(f'{k} {v}' for k, v in limits.items()))}." if limits else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _prose(text: str) -> str:
    """A docstring as Markdown: lines of one paragraph joined."""
    return re.sub(r"(?<!\n)\n(?![\n-])\s*", " ", text)


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; font-size: 0.9rem; }
th, td { border: 1px solid #ccc; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: break-word; }
th { background: #f2f2f2; }
td code, p code { white-space: nowrap; }
code { background: #f5f5f5; padding: 0 0.2em; }
h2 { border-bottom: 2px solid #0072B2; margin-top: 2.5rem; }
h3 { margin-top: 2rem; }
svg { width: 100%; height: auto; }
"""


def _html(text: str, source: Package) -> str:
    need("codebook", "markdown_it")
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    # Headings get the names that the contents link to.
    body = re.sub(r"<h([123])>([^<]+)</h\1>", lambda m: f'<h{m[1]} id="{_anchor(m[2])}">{m[2]}</h{m[1]}>', body)
    figure = source.root / SPEED / f"{SCALE}.svg"
    if figure.is_file():
        # The page is one file: the figure goes into it.
        drawing = figure.read_text(encoding="utf-8")
        body = re.sub(rf'<img src="{SPEED}/{SCALE}\.svg"[^>]*>', lambda _: drawing[drawing.index("<svg") :], body)
    title = f"{source.descriptor['title']}: codebook"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
