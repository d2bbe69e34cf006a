"""describe and find."""

import pytest

import china_ai_controls as cac
from china_ai_controls.errors import UnknownNameError
from china_ai_controls.schema import package


@pytest.mark.parametrize("table", package().tables.values(), ids=lambda t: t.name)
def test_every_table_and_field_can_be_described(table):
    assert table.description in cac.describe(table.name)
    for field in table.fields:
        text = cac.describe(table.name, field.name)
        assert field.description in text
        assert all(f"  {c.value}: {c.label}. {c.description}" in text for c in field.codes)


def test_the_package_and_a_field_of_all_tables():
    assert "China AI Controls" in cac.describe()
    assert cac.describe(field="event_id").count("event_id:") >= 5


def test_unknown_field_names_the_nearest():
    with pytest.raises(UnknownNameError, match="'event_type'"):
        cac.describe("events", "event_typ")
    with pytest.raises(UnknownNameError):
        cac.describe(field="nothing")


@pytest.mark.parametrize("word", ["DeepSeek", "deepseek", "عـ", "阿里巴巴", "unwritten"])
def test_find(word):
    hits = cac.find(word)
    assert all(word.casefold() in h.casefold() for h in hits)
    assert hits or word == "عـ"


@pytest.mark.parametrize("word", ["", "  ", None, 5])
def test_find_nothing(word):
    with pytest.raises(ValueError, match="Expected a word"):
        cac.find(word)
