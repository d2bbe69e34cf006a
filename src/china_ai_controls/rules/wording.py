"""Rules on our own words."""

import re

from .base import Data, Found, rule

JUDGEMENT = re.compile(r"\b(draconian|unprecedented|shocking|brutal|aggressive|harsh|sweeping|chilling|notorious|so-called|blatant|alarming)\b", re.I)
CAUSE = re.compile(r"\b(because of|due to|in retaliation for|in revenge|as punishment|out of fear|punished for)\b", re.I)


@rule("W1", "Titles judge nothing and explain nothing", "events", severity="warning")
def plain_titles(data: Data):
    """A cause in a title is cited as fact; causes are claims, with sources that may be contradicted."""
    for row in data["events"]:
        for pattern, what in ((JUDGEMENT, "a judgement"), (CAUSE, "a cause")):
            hit = pattern.search(row.get("title", ""))
            if hit:
                yield Found(f"title has {what}: {hit.group(0)!r}", "what happened, nothing else", row, "title")


@rule("W2", "Titles and summaries are our own words", "events", "sources")
def own_words(data: Data):
    """A sentence of a source in our mouth is a copy without leave, and hides who said it."""
    titles = {_folded(s.get("title", "")): s.key for s in data["sources"] if len(s.get("title", "")) > 25}
    for row in data["events"]:
        for column in ("title", "summary"):
            source = titles.get(_folded(row.get(column, "")))
            if source:
                yield Found(f"{column} is the title of {source}", "our own words", row, column)


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
