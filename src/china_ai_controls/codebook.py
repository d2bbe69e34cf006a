"""The codebook, read from the descriptor: describe a table, field or code; find a word."""

import html
import re

from .errors import UnknownNameError
from .schema import Field, Package, Table, package


class Page(str):
    """Text of the codebook. Prints as text; in a notebook it shows with its lines kept."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self)}</pre>"


def describe(table: str | None = None, field: str | None = None, source: Package | None = None) -> Page:
    """What the package, a table or a field is.

    Parameters
    ----------
    table : str, optional
        Table name, or ``"rules"`` for the rules that validation checks; the whole package by default.
    field : str, optional
        Field of that table, or the name of any field when `table` is left out; of the rules, the id of one.
    source : Package, optional

    Returns
    -------
    Page
        Text, with every code and its definition for a field.

    Raises
    ------
    UnknownNameError
        If there is no such table, field or rule.

    Examples
    --------
    >>> print(describe("events", "direction").splitlines()[0])
    events.direction: Direction (string, required)
    """
    source = source or package()
    if table is None and field is None:
        return Page(_package(source))
    if table is None:
        found = [(t, f) for t in source.tables.values() for f in t.fields if f.name == field]
        if not found:
            raise UnknownNameError("field", field, sorted({f.name for t in source.tables.values() for f in t.fields}))
        return Page("\n\n".join(_field(t, f) for t, f in found))
    if table == "rules" and table not in source.tables:
        return rules_page() if field is None else Page(_rule(field))
    described = source.table(table)
    return Page(_field(described, described.field(field)) if field is not None else _table(described))


def _package(source: Package) -> str:
    lines = [f"{source.descriptor.get('title', source.name)} {source.version}", source.descriptor.get("description", ""), ""]
    lines += [f"{t.name:<16} {t.title}: {t.description}" for t in source.tables.values()]
    lines += ["", f"{'rules':<16} What validation checks: describe rules"]
    return "\n".join(lines)


def rules_page() -> Page:
    """The rules that validation checks, as a page in Markdown: by theme, with severity and the reason for each.

    Returns
    -------
    Page

    Examples
    --------
    >>> print(rules_page().splitlines()[0])
    # Rules
    """
    from .rules import REGISTRY

    lines = ["# Rules"]
    theme = None
    for rule in REGISTRY.values():
        if rule.theme != theme:
            theme = rule.theme
            lines += ["", f"## {theme}", "", "| id | severity | what must hold | what goes wrong otherwise |", "|---|---|---|---|"]
        lines.append(f"| {rule.id} | {rule.severity} | {_cell(rule.title)} | {_cell(rule.reason)} |")
    return Page("\n".join(lines) + "\n")


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table, which neither ends the cell nor marks anything up."""
    return re.sub(r"([\\|*_`<>\[\]])", r"\\\1", text)


def _rule(rule_id: str) -> str:
    from .rules import REGISTRY

    if not isinstance(rule_id, str) or rule_id not in REGISTRY:
        raise UnknownNameError("rule", rule_id, REGISTRY)
    rule = REGISTRY[rule_id]
    return f"{rule.id}: {rule.title} ({rule.severity})\n{rule.reason}"


def _table(table: Table) -> str:
    lines = [f"{table.name}: {table.title} ({table.path})", table.description, f"Key: {', '.join(table.primary_key)}"]
    lines += [f"{k.field} refers to {k.table}.{k.target}" for k in table.foreign_keys]
    lines += ["", *(f"{f.name:<16} {f.type:<8} {'required' if f.required else 'optional'}  {f.description}" for f in table.fields)]
    return "\n".join(lines)


def _field(table: Table, field: Field) -> str:
    limits = {k: v for k, v in field.constraints.items() if k not in ("required", "enum")}
    lines = [f"{table.name}.{field.name}: {field.title} ({field.type}, {'required' if field.required else 'optional'})", field.description]
    if limits:
        lines.append("Limits: " + ", ".join(f"{k} {v}" for k, v in limits.items()))
    lines.append(f"Example: {field.example}")
    lines += [f"  {c.value}: {c.label}. {c.description}" for c in field.codes]
    return "\n".join(lines)


def find(word: str, source: Package | None = None) -> list[str]:
    """Where a word stands in the codebook or in the names and titles of the records.

    Parameters
    ----------
    word : str
        Any part of a word, in English, Chinese or Arabic; case does not matter.
    source : Package, optional

    Returns
    -------
    list of str
        One line per hit: where, and what stands there. Empty if there is none.

    Raises
    ------
    ValueError
        If the word is empty.

    Examples
    --------
    >>> any("events.direction" in line for line in find("loosens"))
    True
    """
    if not isinstance(word, str) or not word.strip():
        raise ValueError(f"nothing to look for: {word!r}. Expected a word or part of one")
    source = source or package()
    needle = word.strip().casefold()
    return [f"{where}: {text}" for where, text in (*_codebook_lines(source), *_record_lines(source)) if needle in f"{where} {text}".casefold()]


def _codebook_lines(source: Package):
    for table in source.tables.values():
        yield table.name, f"{table.title}. {table.description}"
        for field in table.fields:
            yield f"{table.name}.{field.name}", f"{field.title}. {field.description}"
            for code in field.codes:
                yield f"{table.name}.{field.name}={code.value}", f"{code.label}. {code.description}"


def _record_lines(source: Package):
    from .tables import rows

    named = ("title", "name", "name_zh", "name_ar", "aliases")
    for table in source.tables.values():
        if len(table.primary_key) == 1 and any(f.name in named for f in table.fields):
            for row in rows(table.name, source):
                yield row[table.primary_key[0]], " / ".join(row[n] for n in named if row.get(n))
