"""The synthetic package is valid, the same for the same seed, of the real shape, and written without being held in memory."""

import tracemalloc
from collections import Counter

import pytest
import synthetic

from china_ai_controls.evidence import Derivation, Evidence
from china_ai_controls.schema import Package
from china_ai_controls.tables import columns
from china_ai_controls.validation import validate


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.csv")}


@pytest.mark.parametrize(("size", "seed"), [(1, 0), (2, 1), (9, 2), (150, 3), (1500, 4)])
def test_it_is_valid(size, seed, tmp_path):
    report = validate(synthetic.write(tmp_path, size, seed))
    assert report.problems == []
    assert len(columns("sources", Package(tmp_path))["source_id"]) == size


def test_the_seed_decides_every_byte(tmp_path):
    first, again, other = (files(synthetic.write(tmp_path / name, 300, seed)) for name, seed in (("first", 7), ("again", 7), ("other", 8)))
    assert first == again
    assert first != other


def test_it_has_the_shape_of_the_real_data(tmp_path):
    package = Package(synthetic.write(tmp_path, 20_000, 1))
    sources, links, backing = (columns(name, package) for name in ("sources", "source_links", "claim_sources"))
    graph = Derivation(zip(links["source_id"], links["relies_on_id"]))
    depth = {}
    for source in sources["source_id"]:  # a source stands after all it rests on
        depth[source] = 1 + max((depth[p] for p in graph.parents.get(source, ())), default=-1)
    origins = [s for s in sources["source_id"] if s not in graph.parents]
    day = dict(zip(sources["source_id"], sources["published"]))
    assert max(depth.values()) == synthetic.DEEPEST
    assert len(origins) < len(day) / 3, "few origins"
    assert sum(day[s] is None for s in origins) > len(origins) / 50, "some without a day"
    assert Counter(map(len, graph.parents.values()))[2] > 500, "some rest on two"
    assert max(Counter(links["relies_on_id"]).values()) > 50, "a few are on every front page"
    assert 0.01 < Counter(backing["stance"])["contradicts"] / len(backing["stance"]) < 0.1
    assert 2.5 < len(backing["stance"]) / len(day) < 3.5
    assert set(Counter(j.confidence for j in Evidence.of(package).events().values())) == set("ABCD")


def test_no_more_than_one_story_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic, "LARGEST_STORY", 50)
    synthetic.write(tmp_path / "first", 1)  # what is read once and kept is not counted
    assert peak(tmp_path / "large", 10_000) < 1.2 * peak(tmp_path / "small", 1_000)


def peak(folder, size):
    tracemalloc.start()
    try:
        synthetic.write(folder, size)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
