"""Every kind of small damage to the real package is reported at its place; what cannot be caught really is not."""

import pytest
from damage import Copy, Kind, caught
from mutations import KINDS, UNSEEN


@pytest.fixture(scope="module", autouse=True)
def score(request):
    """Say at the end of the run how many were caught."""
    results = []
    yield results
    if results:
        with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
            print(f"\nmutations: {sum(results)} of {len(results)} instances caught at their place ({sum(results) / len(results):.0%})")


def test_there_are_enough_kinds():
    assert len(KINDS) >= 60
    assert all(kind.by for kind in KINDS.values())
    assert all(len(kind.reason) > 10 for kind in UNSEEN.values())


@pytest.mark.parametrize("name", KINDS)
def test_damage_is_reported_at_its_place(name, tmp_path, score):
    for instance in range(KINDS[name].instances):
        wrong = caught(KINDS[name], instance, _empty(tmp_path, instance))
        score.append(not wrong)
        assert not wrong, f"instance {instance}: {wrong}"


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_caught_is_not(name, tmp_path):
    for instance in range(UNSEEN[name].instances):
        assert not caught(UNSEEN[name], instance, _empty(tmp_path, instance)), "if a rule catches it now, it belongs to KINDS"


def _empty(folder, instance):
    root = folder / str(instance)
    root.mkdir()
    return root


def _bad_code(c: Copy):
    return c.change("events", "side", lambda _: "moon")


class TestTheHarness:
    """It would say so if a damage went unreported, was reported elsewhere or by another rule, or was none."""

    def test_another_place(self, tmp_path):
        def damage(c):
            file, number = _bad_code(c)
            return file, number + 1

        assert "not reported by constraint-error" in caught(Kind("x", "constraint-error", damage), 0, tmp_path)

    @pytest.mark.parametrize("other", ["type-error", "F2", "file"])
    def test_another_rule(self, other, tmp_path):
        assert f"not reported by {other}" in caught(Kind("x", other, _bad_code), 0, tmp_path)

    def test_one_place_of_several(self, tmp_path):
        assert "not reported" in caught(Kind("x", "constraint-error", lambda c: [{_bad_code(c)}, {("data/events.csv", 1)}]), 0, tmp_path)

    def test_no_damage(self, tmp_path):
        assert caught(Kind("x", "F2", lambda c: c.place("events", 2)), 0, tmp_path) == "the damage changed nothing"

    def test_a_stale_exception(self, tmp_path):
        assert "reported after all" in caught(Kind("x", "", _bad_code, reason="none"), 0, tmp_path)
