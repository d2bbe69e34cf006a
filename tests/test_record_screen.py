"""The screen of a record: the answers in their order, in any width, in text, in colours and in HTML, whatever stands in the data."""

import io
import os
import pty
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from conftest import append, replace
from rich.cells import cell_len
from rich.console import Console

from china_ai_controls import evidence
from china_ai_controls.errors import UnknownNameError
from china_ai_controls.schema import Package

ANSWERS = ["What is said", "By how many", "What rests on what", "Publicly known since", "Contradicted by"]
RECORDS = ["E0001", "E0003", "K0001", "K0004", "M0001", "M0002", "A0001", "A0002", "C0001"]
NASTY = "[red]<script>alert(1)</script> \x1b[31m\u202e[/red] :warning: & \x07\u2066x"


def colours(record, width=80):
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=True, color_system="standard").print(record)
    return out.getvalue()


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def headings(record):
    return [n.text for n in record.tree.children if n.heading]


@pytest.mark.parametrize("key", RECORDS)
def test_the_answers_come_in_their_order(key, tiny_package):
    shown = headings(evidence(key, source=tiny_package))
    if key[0] in "AMC":
        assert re.match(r"\d+ events?: \d+ contested, \d+ resting on one origin; known since ", shown.pop(0))
    expected = ANSWERS if key[0] in "EK" else [a.replace("What rests on what", "Resting on whom") for a in ANSWERS]
    assert [h[: len(e)] for h, e in zip(shown, expected, strict=True)] == expected


@pytest.mark.parametrize("key", ["E0001", "K0001", "M0001", "A0001", "C0001", "S0001"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(key, width):
    record = evidence(key)
    for text in (record.text(width), without_colours(colours(record, width))):
        assert max(cell_len(line) for line in text.splitlines()) <= width


def words(text):
    return re.sub(r"[│├└─\s]+", " ", text).split()


def test_colours_change_no_word(tiny_package):
    for key in RECORDS:
        record = evidence(key, source=tiny_package)
        assert words(without_colours(colours(record))) == words(record.text(80)) == words(str(record))


def test_the_summary_of_an_actor_counts_its_events(tiny):
    append(tiny, "data/links/event_actors.csv", "E0003,A0001,issuer")
    record = evidence("A0001", source=Package(tiny))
    assert headings(record)[0] == "2 events: 1 contested, 2 resting on one origin; known since 2025-03-10"
    assert "By how many: 2 reports from 2 origins" in headings(record)
    assert "K0004 contradicts: S0006 Fifth Paper, 2025-07-02 [named_person, denied] (Says that the rule holds.)" in record.text(200)


def test_a_source_with_two_parents_is_shown_once(tiny):
    append(tiny, "data/links/source_links.csv", "S0003,S0001,cites,names_origin")
    tree = next(n for n in evidence("E0001", source=Package(tiny)).tree.children if n.text.startswith("What rests on what"))

    def texts(node):
        return [node.text, *(t for child in node.children for t in texts(child))]

    about = [t for t in texts(tree) if t.startswith("S0003")]
    assert len(about) == 2
    assert about[0].endswith("نصيحة") and about[1] == "S0003 Third Paper, undated: see above"


class TestAsOf:
    def test_only_what_was_public_is_counted(self, tiny_package):
        assert headings(evidence("E0001", "2025-02-28", tiny_package))[1] == "By how many: 1 report from 1 origin; confidence C; not contested"
        assert headings(evidence("E0001", "2025-03-01", tiny_package))[1] == "By how many: 2 reports from 1 origin; confidence C; not contested"
        assert headings(evidence("A0002", "2025-03-01", tiny_package))[2] == "By how many: 2 reports from 1 origin"

    def test_a_later_contradiction_is_not_known_yet(self, tiny_package):
        assert headings(evidence("E0003", "2025-07-01", tiny_package))[-1] == "Contradicted by no source in the data"
        assert headings(evidence("E0003", "2025-07-02", tiny_package))[-1] == "Contradicted by 1 source"

    def test_the_day_and_what_is_later_all_the_same_are_said(self, tiny_package):
        assert "As publicly known on 2025-03-01; titles, summaries and notes are later words of the coders" in str(
            evidence("M0001", "2025-03-01", tiny_package)
        )
        with pytest.raises(UnknownNameError, match="as known on 2025-02-27"):
            evidence("M0001", "2025-02-27", tiny_package)

    def test_a_measure_has_the_stages_of_that_day(self, tiny_package):
        assert "Stages: 1" in str(evidence("M0002", "2025-03-10", tiny_package))
        assert "Stages: 2" in str(evidence("M0002", source=tiny_package))


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    ("file", "old", "key"),
    [
        ("data/claims.csv", "There is no ban.", "E0001"),
        ("data/claims.csv", "There is no ban.", "K0002"),
        ("data/sources.csv", "[Report on advice]", "E0001"),
        ("data/sources.csv", "First Paper", "A0002"),
        ("data/events.csv", "Paper reported advice not to travel", "C0001"),
        ("data/measures.csv", "Advice not to travel", "M0001"),
        ("data/links/claim_sources.csv", "Says that the rule holds.", "E0003"),
    ],
)
def test_what_stands_in_the_data_drives_neither_terminal_nor_page(file, old, key, tiny):
    replace(tiny, file, old, NASTY)
    record = evidence(key, source=Package(tiny))
    for shown in (str(record), without_colours(colours(record, 400))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        assert "[red]<script>alert(1)</script>" in shown and "[/red] :warning: &" in shown
    page = Tags(record._repr_html_())
    assert page.tags <= {"div", "strong", "ul", "li", "span", "details", "summary"}
    assert "[red]<script>alert(1)</script>" in page.text
    assert not re.search("[\x00-\x1f\u202a-\u202e\u2066-\u2069]", page.text)


def on_terminal(*arguments, **environment):
    """What the command line writes to a terminal of 80 columns."""
    command = [sys.executable, *arguments]
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment}) as process:
        os.close(slave)
        out = b""
        # Reading fails once the other end is closed and all is read.
        try:
            while part := os.read(master, 65536):
                out += part
        except OSError:
            pass
    os.close(master)
    assert process.returncode == 0, out
    return out.decode("utf-8").replace("\r\n", "\n")


class TestCommand:
    def test_in_a_terminal_with_rich_there_are_colours(self):
        shown = on_terminal("-m", "china_ai_controls", "show", "E0001", NO_COLOR="")
        assert "\x1b[1m" in shown
        plain = without_colours(shown)
        assert max(map(cell_len, plain.splitlines())) <= 80
        # Words wider than a line are folded in other places, so only the characters are the same.
        assert "".join(words(plain)) == "".join(words(evidence("E0001").text(80)))

    def test_in_a_terminal_without_rich_there_is_plain_text_of_its_width(self):
        script = "import sys; sys.modules['rich.console'] = None; from china_ai_controls.cli import main; sys.exit(main(['show', 'E0001']))"
        assert on_terminal("-c", script) == evidence("E0001").text(80) + "\n"

    def test_in_a_pipe_there_is_plain_text(self):
        done = subprocess.run([sys.executable, "-m", "china_ai_controls", "show", "E0001"], capture_output=True, text=True, check=True)
        assert done.stdout == str(evidence("E0001")) + "\n"

    def test_what_the_terminal_cannot_write_is_written_as_a_number(self):
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        done = subprocess.run([sys.executable, "-m", "china_ai_controls", "show", "E0001"], capture_output=True, env=environment, check=True)
        assert done.stdout.decode("ascii").startswith("E0001") and b"\\u2502" in done.stdout

    def test_a_reader_that_closes_the_pipe_early_is_no_error(self):
        script = "import sys; from china_ai_controls.cli import main; code = main(['describe', 'events', 'event_type']); sys.stdout.flush(); sys.exit(code)"
        process = subprocess.Popen([sys.executable, "-u", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait() == 0
