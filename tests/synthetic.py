"""A package of any size with the real descriptor and the real shape, the same for the same seed.

Reports come in stories, as in the real data: a few origins, many reports that rest on them in chains up to eight deep, some on
two sources at once; undated origins, contradictions, and the acting party's own text. A story is written before the next is
made, so memory does not grow with the package.

    python tests/synthetic.py FOLDER SOURCES [SEED]
"""

import csv
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

from china_ai_controls.schema import Table, package

DEEPEST = 8
LARGEST_STORY = 3_000
FIRST_DAY, DAYS = date(2017, 1, 1), 3_300
READ_ON = "2026-11-01"
PLACES = [
    ["CN", "China", "中国", "الصين", "country", "", 39.9075, 116.39723],
    ["CN-BJ", "Beijing", "北京市", "بكين", "region", "CN", 39.9075, 116.39723],
    ["US", "United States", "美国", "الولايات المتحدة", "country", "", 38.89511, -77.03637],
]
DERIVED = {"rewrite": "rewrites", "syndicated": "syndicates", "translation": "translates", "commentary": "comments_on", "aggregator": "cites"}
TITLES = {"en": "Report {} on what was asked of researchers", "zh-Hans": "关于研究人员出国的第{}篇报道", "ar": "التقرير {} عن سفر الباحثين"}
ASPECTS = ("occurrence", "scope", "target", "effect")
STAGES = ("announced", "in_force", "suspended", "resumed")
VERBS = ("", "", "", "advised", "discouraged", "instructed", "barred")


@dataclass
class _Source:
    """A source of the story that is being made."""

    key: str
    day: date
    depth: int
    role: str
    seen: str
    dated: bool
    parents: list
    kind: str


class _Numbers:
    """Keys of equal length, so that they sort as text in the order in which they are given out."""

    def __init__(self, size: int):
        self.width = max(4, len(str(6 * size + 100)))
        self.last = {}

    def next(self, letter: str) -> str:
        self.last[letter] = self.last.get(letter, 0) + 1
        return f"{letter}{self.last[letter]:0{self.width}}"


def write(folder: Path, size: int, seed: int = 0) -> Path:
    """Write a package with that many sources.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    size : int
        Number of sources, at least 1. Claim-source rows are about three times as many.
    seed : int

    Returns
    -------
    Path
        The folder.
    """
    random, numbers = Random(seed), _Numbers(size)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(package().root / "datapackage.json", folder)
    with ExitStack() as open_files:
        tables = {t.name: _writer(folder, t, open_files) for t in package().tables.values()}
        tables["places"].writerows(PLACES)
        left = size
        while left:
            # Most stories are one or two pages, a few are on every front page.
            story = min(left, LARGEST_STORY, int(2 * random.paretovariate(1.1)) - 1)
            _write_story(tables, story, random, numbers, first=left == size)
            left -= story
    return folder


def _writer(folder: Path, table: Table, open_files: ExitStack):
    path = folder / table.path
    path.parent.mkdir(parents=True, exist_ok=True)
    out = csv.writer(open_files.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n")
    out.writerow(f.name for f in table.fields)
    return out


def _write_story(tables: dict, size: int, random: Random, numbers: _Numbers, first: bool) -> None:
    start = FIRST_DAY + timedelta(random.randrange(DAYS))
    sources = list(_sources(size, start, random, numbers))
    for one in sources:
        tables["sources"].writerow(_source_cells(one, random))
        for parent in one.parents:
            tables["source_links"].writerow([one.key, parent.key, DERIVED[one.role], "names_origin"])
    company = numbers.next("C") if first or random.random() < 0.3 else ""
    if company:
        tables["companies"].writerow([company, f"Firm {company}", "", "", "", "CN", "Beijing", "CN-BJ", random.randrange(1990, 2026), "ai_lab", "", ""])
    events = [numbers.next("E") for _ in range(1 + size // 8)]
    _write_events(tables, events, start, company, random, numbers, first)
    claims = []
    for event in events:
        for aspect in ASPECTS:
            claims.append(numbers.next("K"))
            tables["claims"].writerow([claims[-1], event, aspect, f"What {event} was, as to its {aspect}."])
    tables["claim_sources"].writerows(_backing(claims, sources, random))
    if first:
        tables["indicators"].writerow([numbers.next("N"), "Reports in a year", "2024-01-01", "2024-12-31", size, "", "", "reports", sources[0].key, ""])


def _sources(size: int, start: date, random: Random, numbers: _Numbers) -> Iterator[_Source]:
    made: list[_Source] = []
    origins = 1 + sum(random.random() < 0.35 for _ in range(min(size, 12) - 1))
    for number in range(size):
        day = start + timedelta(random.randrange(4))
        if number < origins:
            # An origin that nobody could open is known through others only, and often without its day; the first was read.
            seen = "cited_only" if number and random.random() < 0.35 else "opening"
            kind = "official_statement" if random.random() < 0.3 else "news"
            one = _Source(numbers.next("S"), day, 0, "original", seen, seen != "cited_only" or random.random() < 0.4, [], kind)
        else:
            # Half of the links go to an origin, mostly to the first; the others to any report there is, which makes the chains.
            pools = [origins if random.random() < 0.6 else number for _ in range(2 if random.random() < 0.12 else 1)]
            chosen = {min(int(random.expovariate(3) * pool), origins - 1) if pool == origins else random.randrange(pool) for pool in pools}
            above = [made[n] for n in sorted(chosen) if made[n].depth < DEEPEST] or [made[0]]
            day = max(p.day for p in above) + timedelta(random.randrange(3))
            role = random.choices(tuple(DERIVED), (45, 28, 5, 18, 4))[0]
            one = _Source(numbers.next("S"), day, 1 + max(p.depth for p in above), role, "opening", random.random() < 0.75, above, "news")
        made.append(one)
        yield one


def _source_cells(one: _Source, random: Random) -> list:
    language = random.choice(("en", "en", "zh-Hans", "ar"))
    read = one.seen != "cited_only"
    url = f"https://outlet{random.randrange(400)}.example/{one.key}" if read else ""
    basis = "unknown" if not one.dated else "page" if read else "repeated_by_others"
    return [one.key, TITLES[language].format(one.key), f"Outlet {random.randrange(400)}", "", url, one.day if one.dated else "", basis, language, one.kind,
            one.role, one.seen, READ_ON if read else "", ""]  # fmt: skip


def _write_events(tables: dict, events: list[str], day: date, company: str, random: Random, numbers: _Numbers, first: bool) -> None:
    person, body = numbers.next("A"), numbers.next("A")
    country = "US" if first else random.choice(("CN", "US"))
    tables["actors"].writerow([person, f"Person {person}", "", "", "", "person", "CN", "Head of a laboratory", company, "", ""])
    tables["actors"].writerow([body, f"Office {body}", "", "", "", "government_body", country, "Issues rules", "", "", ""])
    for event in events:
        tables["events"].writerow([event, f"Office asked for something, case {event}", f"Summary of case {event}.", "travel_control", "tightens", "china", day,
                                   day + timedelta(random.choice((0, 0, 0, 6, 30))), "stated_in_report", 1, ""])  # fmt: skip
        tables["event_actors"].writerows([[event, person, "target"], [event, body, "issuer"]])
        if company:
            tables["event_companies"].writerow([event, company, "employer_of_target"])
        tables["event_places"].writerow([event, "CN-BJ" if first else random.choice(("CN", "CN-BJ")), "applies_in", 2])
    for earlier, later in pairwise(events):
        tables["event_relations"].writerow([later, "follows_from", earlier, "report"])
    if first or random.random() < 0.3:
        unwritten = random.random() < 0.3
        measure = numbers.next("M")
        tables["measures"].writerow([measure, f"Measure {measure}", "What it asks.", "people", "china", body, "engineers", "unwritten" if unwritten else
                                     "published_binding", random.randrange(5), "general", "own_text", "", ""])  # fmt: skip
        tables["measure_events"].writerows([measure, event, stage] for event, stage in zip(events, STAGES))
        for language in ("en", "zh-Hans"):
            tables["searches"].writerow([numbers.next("Q"), READ_ON, language, f"measure {measure}", "A published text", 5, measure, ""])


def _backing(claims: list[str], sources: list[_Source], random: Random) -> list[list]:
    """Rows of claim_sources: the first source supports every claim, each other one backs a few; about three rows a source."""
    rows = [[claim, sources[0].key, "supports", _basis(sources[0], random), random.choice(VERBS), ""] for claim in claims]
    for one in sources[1:]:
        for claim in random.sample(claims, random.choice((1, 1, 2, 2, 3, 3, 3, 4))):
            stance, verb, note = ("contradicts", "denied", "Says otherwise.") if random.random() < 0.05 else ("supports", random.choice(VERBS), "")
            rows.append([claim, one.key, stance, _basis(one, random), verb, note])
    return sorted(rows)


def _basis(one: _Source, random: Random) -> str:
    if one.parents:
        return random.choices(("other_report", "document_seen", "none_stated"), (70, 20, 10))[0]
    if one.kind == "official_statement":
        return "own_text"
    return random.choice(("anonymous", "named_person", "document_seen", "none_stated"))


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4 or not all(a.isdecimal() for a in sys.argv[2:]) or int(sys.argv[2]) < 1:
        sys.exit("usage: python tests/synthetic.py FOLDER SOURCES [SEED]; SOURCES is 1 or more")
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
