"""Citing the dataset at its version, or one record with the sources under it. Standard library only."""

import json
from collections.abc import Callable
from datetime import date

from .codebook import Page
from .errors import UnknownNameError
from .evidence import DOCUMENTARY_TYPES
from .lookup import Lookup
from .plain import counted
from .record import when
from .schema import Package, package

# How near a report stands to what happened, the nearest first; the rest of the roles follow in the order of the codebook.
ROLE_ORDER = ("original", "official_response", "independent_confirmation", "translation", "syndicated", "rewrite", "commentary", "aggregator")
# What each kind of text is called by processors of CSL, BibTeX and RIS.
KINDS = {
    "legal_text": ("legislation", "misc", "STAT"),
    "official_statement": ("document", "misc", "GOVDOC"),
    "official_data": ("dataset", "misc", "DATA"),
    "court_record": ("legal_case", "misc", "CASE"),
    "filing": ("report", "techreport", "RPRT"),
    "company_statement": ("webpage", "misc", "ELEC"),
    "news": ("article-newspaper", "misc", "NEWS"),
    "wire": ("article-newspaper", "misc", "NEWS"),
    "analysis": ("report", "techreport", "RPRT"),
    "law_firm_note": ("webpage", "misc", "ELEC"),
    "reference_work": ("entry-encyclopedia", "misc", "ENCYC"),
    "blog": ("post-weblog", "misc", "BLOG"),
    "social_post": ("post", "misc", "ELEC"),
    "dataset": ("dataset", "misc", "DATA"),
}


def cite(key: str | None = None, style: str = "text", most: int | None = None, source: Package | None = None) -> Page:
    """A citation of the dataset at this version, or of one record with the sources under it, strongest first.

    Parameters
    ----------
    key : str, optional
        Key of an event, claim, measure or source; the dataset as a whole by default.
    style : str
        ``"text"``, ``"bibtex"``, ``"csl"`` (CSL-JSON) or ``"ris"``.
    most : int, optional
        At most so many sources; all by default. How many were left out is said in the text style only.
    source : Package, optional

    Returns
    -------
    Page
        First the dataset, then the record, then its sources: those that are the acting party's own text or document first, then by how
        near they stand to what happened, then by date. Sources that contradict the record come last and are marked.

    Raises
    ------
    UnknownNameError
        If there is no such record or style.

    Examples
    --------
    >>> print(cite().splitlines()[0][:28])
    China AI Controls maintainer
    >>> cite("E0001", "bibtex").count("@misc{cac:E0001,")
    1
    """
    source = source or package()
    if style not in STYLES:
        raise UnknownNameError("style", style, STYLES)
    if most is not None and most < 0:
        raise ValueError(f"most is {most}; expected how many sources, 0 or more")
    items = [_dataset(source)]
    left_out = 0
    if key is not None:
        record, sources = _record(key, source)
        left_out = max(len(sources) - most, 0) if most is not None else 0
        items += [*record, *sources[: len(sources) - left_out]]
    text = STYLES[style](items)
    if left_out and style == "text":
        text += f"\nand {left_out} more sources: china-ai-controls cite {key}\n"
    return Page(text)


def _dataset(source: Package) -> dict:
    described = source.descriptor
    return {
        "id": "cac",
        "type": "dataset",
        "title": described["title"],
        "author": [{"literal": c["title"]} for c in described["contributors"] if "creator" in c["roles"]],
        "issued": _parts(date.fromisoformat(described["created"][:10])),
        "version": source.version,
        "publisher": described["contributors"][0]["title"],
        "license": described["licenses"][0]["name"],
        **({"DOI": described["id"]} if described.get("id", "").startswith("10.") else {}),
    }


def _record(key: str, source: Package) -> tuple[list[dict], list[dict]]:
    """A record as a part of the dataset, and its sources. A source is a work of others, not a part of the dataset."""
    whole = _dataset(source)
    found = _Cited(source)
    named = found.titled(key)
    if key.startswith("S"):
        return [], [found.item(key, against=False)]
    part = {
        "id": f"cac:{key}",
        "type": "dataset",
        "title": named["title"],
        "number": key,
        "container-title": whole["title"],
        **{k: whole[k] for k in ("author", "issued", "version", "publisher", "license")},
        **({"note": named["note"]} if named["note"] else {}),
    }
    return [part], [found.item(s, against) for s, against in found.sources(key)]


class _Cited(Lookup):
    """The rows that a citation needs."""

    def titled(self, key: str) -> dict[str, str]:
        """What a record is called, and what the evidence for it amounts to."""
        table, field = {"E": ("events", "event_id"), "K": ("claims", "claim_id"), "M": ("measures", "measure_id"), "S": ("sources", "source_id")}.get(
            str(key)[:1], ("", "")
        )
        record = next(iter(self.of(table, field, key)), None) if table else None
        if record is None:
            raise UnknownNameError("key of an event, claim, measure or source", key, self.places("events", "event_id"))
        title = record.get("title") or record["statement"]
        if table == "events":
            judged = self.evidence(self._claims(key)).event(key)
            support = f"{counted(judged.n_reports, 'report')}, {counted(judged.n_origins, 'origin')}"
            note = f"{when(record)}; confidence {judged.confidence}: {support}"
            return {"title": title, "note": note}
        return {"title": title, "note": ""}

    def sources(self, key: str) -> list[tuple[str, bool]]:
        """Keys of the sources under a record, strongest first, each with whether it contradicts."""
        strength: dict[str, tuple] = {}
        for claim in self._claims(key):
            for row in self.of("claim_sources", "claim_id", claim):
                one = row["source_id"]
                strength[one] = min(strength.get(one, (9,)), self._strength(row))
        return [(s, rank[0] == 1) for s, rank in sorted(strength.items(), key=lambda pair: (*pair[1], pair[0]))]

    def _claims(self, key: str) -> list[str]:
        if key.startswith("K"):
            return [key]
        events = [key] if key.startswith("E") else [r["event_id"] for r in self.of("measure_events", "measure_id", key)]
        return [claim["claim_id"] for event in dict.fromkeys(events) for claim in self.of("claims", "event_id", event)]

    def _strength(self, row: dict) -> tuple:
        about = self.one("sources", "source_id", row["source_id"])
        own = row["sourcing_basis"] in ("own_text", "court_or_registry", "document_seen") and about["report_role"] not in ("rewrite", "aggregator")
        documentary = own or about["source_type"] in DOCUMENTARY_TYPES
        return (row["stance"] == "contradicts", not documentary, ROLE_ORDER.index(about["report_role"]), str(about["published"] or "9999"))

    def item(self, source_id: str, against: bool) -> dict:
        """One source as a CSL item. What was not seen is left out, never guessed."""
        row = self.one("sources", "source_id", source_id)
        notes = ["contradicts the record"] if against else []
        notes += {"opening": ["read in its opening"], "cited_only": ["known through others"]}.get(row["seen"], [])
        return {
            "id": f"cac:{source_id}",
            "type": KINDS[row["source_type"]][0],
            "genre": row["source_type"],
            "title": row["title"],
            "publisher": row["publisher"],
            "container-title": row["publisher"],
            "language": row["language"],
            **({"author": [{"literal": a} for a in row["author"].split("; ")]} if row["author"] else {}),
            **({"issued": _parts(row["published"])} if row["published"] else {}),
            **({"URL": row["url"]} if row["url"] else {}),
            **({"accessed": _parts(row["retrieved"])} if row["url"] and row["retrieved"] else {}),
            **({"note": "; ".join(notes)} if notes else {}),
        }


def _parts(day: date) -> dict:
    return {"date-parts": [[day.year, day.month, day.day]]}


def _day(part: dict | None) -> str:
    return "-".join(f"{n:02d}" for n in part["date-parts"][0]) if part else ""


def _names(item: dict) -> str:
    return "; ".join(a["literal"] for a in item.get("author", ()))


def _text(items: list[dict]) -> str:
    lines = []
    for number, item in enumerate(items):
        who = _names(item) or item["publisher"]
        if item["type"] == "dataset" and "version" in item:
            part = f" [{item['number']}]. In {item['container-title']}" if "number" in item else ""
            note = f" {item['note']}." if "note" in item else ""
            doi = f" https://doi.org/{item['DOI']}" if "DOI" in item else ""
            line = (
                f"{who} ({_day(item['issued'])[:4]}). {item['title'].rstrip('.')}{part} (version {item['version']}) [Data set]. {item['license']}.{note}{doi}"
            )
        else:
            place = f" {item['publisher']}." if item["publisher"] != who else ""
            url = f" {item['URL']}" if "URL" in item else ""
            read = f" (retrieved {_day(item['accessed'])})" if "accessed" in item else ""
            note = f" [{item['note']}]" if "note" in item else ""
            line = f"{who} ({_day(item.get('issued')) or 'n.d.'}). {item['title'].rstrip('.')}.{place}{url}{read}{note} [{item['id'].removeprefix('cac:')}]"
        if number == 2:
            lines += ["", "Sources, strongest first:"]
        lines.append(line)
    return "\n".join(lines) + "\n"


# Characters that TeX would read as commands.
_TEX = {c: f"\\{c}" for c in "{}&%$#_"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)


def _bibtex(items: list[dict]) -> str:
    entries = []
    for item in items:
        issued = item.get("issued")
        kind = next((bib for csl, bib, _ in KINDS.values() if csl == item["type"]), "misc")
        names = [a["literal"] for a in item.get("author", ())] or [item["publisher"]]
        notes = [
            f"Version {item['version']}, {item['license']}" if "version" in item else "",
            f"Record {item['number']}" if "number" in item else "",
            item.get("note", ""),
            f"retrieved {_day(item['accessed'])}" if "accessed" in item else "",
        ]
        fields = {
            "title": f"{{{_tex(item['title'])}}}",
            # Bibliographies sort and label by author; a page that names none is its publisher's.
            "author": " and ".join(f"{{{_tex(name)}}}" for name in names),
            "howpublished" if kind == "misc" else "institution": f"{{{_tex(item['publisher'])}}}" if names != [item["publisher"]] or kind != "misc" else "",
            "year": str(issued["date-parts"][0][0]) if issued else "",
            "date": _day(issued),
            "url": item.get("URL", ""),
            "urldate": _day(item.get("accessed")),
            "doi": item.get("DOI", ""),
            "language": item.get("language", ""),
            "note": _tex("; ".join(n for n in notes if n)),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        entries.append(f"@{kind}{{{item['id']},\n" + "\n".join(lines) + "\n}\n")
    return "\n".join(entries)


def _csl(items: list[dict]) -> str:
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _ris(items: list[dict]) -> str:
    records = []
    for item in items:
        kind = next((ris for csl, _, ris in KINDS.values() if csl == item["type"]), "GEN")
        lines = [("TY", kind), ("ID", item["id"]), ("TI", item["title"])]
        lines += [("AU", a["literal"]) for a in item.get("author", ())]
        if "issued" in item:
            day = _day(item["issued"])
            lines += [("PY", day[:4]), ("DA", day.replace("-", "/"))]
        lines += [("PB", item["publisher"])]
        optional = {"T2": "container-title", "ET": "version", "M1": "number", "UR": "URL", "LA": "language", "N1": "note", "DO": "DOI"}
        lines += [(tag, item[name]) for tag, name in optional.items() if name in item]
        if "accessed" in item:
            lines.append(("Y2", _day(item["accessed"]).replace("-", "/")))
        records.append("\n".join(f"{tag}  - {value}" for tag, value in lines) + "\nER  - \n")
    return "\n".join(records)


STYLES: dict[str, Callable[[list[dict]], str]] = {"text": _text, "bibtex": _bibtex, "csl": _csl, "ris": _ris}
