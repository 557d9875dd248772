import random

import pytest
from sqlalchemy.orm import aliased

from store.access import Viewer, select_visible
from store.database import Database
from store.search import KINDS, Place, Search, condition, parse
from store.search.limits import LIMITS, Limits
from tests.store.search.world import Reference, World, make_world

WORDS = ["ab", "abc", "bc", "ab*", "c1", '"ab c1"', "x-y", "é", "7e5", "7e*", "hela", "-ab", "z"]
FIELDS = ["name:ab", "description:abc", "tag:bc", "comment:c1", "file:ab*", "channel:abc"]
PAIRS = ['"cell line":hela', '"Cell Line":hel*', "dose:*", "dose:>4", "dose:3..5", "dose:<=21nm"]
FACTS = ["type:image", "id:2", "owner:ada", 'group:"a private group"']


def random_query(chance: random.Random, depth: int = 2) -> str:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(chance.choice([WORDS, WORDS, FIELDS, PAIRS, FACTS]))
    parts = [random_query(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    text = chance.choice([" ", " AND ", " OR "]).join(parts)
    return f"{chance.choice(['', '', 'NOT '])}({text})"


def world_of(database: Database, viewer: Viewer, seed: int) -> World:
    with database.writing() as session:
        world = make_world(session, viewer, seed)
        session.expunge_all()
    return world


def ordered(found: dict[tuple[str, int], int]) -> list[Place]:
    order = list(KINDS)
    places = [Place(score, kind, key) for (kind, key), score in found.items()]
    return sorted(places, key=lambda one: (-one.score, order.index(one.kind), -one.id))


@pytest.mark.slow
@pytest.mark.parametrize(
    "limits",
    [
        LIMITS,
        pytest.param(Limits(probed=2, newest=4, often=2, window=5, balance=0), id="walks"),
        pytest.param(
            Limits(probed=2, newest=4, often=2, window=5, balance=0, small=2, shown=30, sparse=1),
            id="begins at what is seen",
        ),
        pytest.param(Limits(probed=2, often=9_999, window=5, balance=0), id="walks with lists"),
        pytest.param(
            Limits(probed=2, often=9_999, few=0, small=0, shown=0, balance=1e12), id="collects"
        ),
    ],
)
def test_what_is_found_is_what_a_look_at_every_row_finds(
    database: Database, viewer: Viewer, limits: Limits
) -> None:
    world, chance = world_of(database, viewer, 1), random.Random(1)
    found_any = 0
    with database.reading() as session:
        references = {who: Reference(world, who, session) for who in world.viewers}
    for _ in range(12):
        text, who = random_query(chance), chance.choice(world.viewers)
        node = parse(text)
        expected = ordered(references[who].found(node))
        found_any += bool(expected)
        with database.reading() as session:
            search = Search(session, who, node, limits=limits)

            assert search.page(1_000) == expected, text
            assert sum(search.counts(1_000).values()) == len(expected), text
            assert (
                search.ids("Image", 5)
                == [
                    one.id
                    for one in sorted(expected, key=lambda one: -one.id)
                    if one.kind == "Image"
                ][:5]
            ), text
    assert found_any > 2


@pytest.mark.parametrize("seed", [1])
def test_pages_after_each_other_are_the_whole(
    database: Database, viewer: Viewer, seed: int
) -> None:
    world_of(database, viewer, seed)
    with database.reading() as session:
        search = Search(session, viewer, parse("ab OR type:dataset OR x-y"))
        whole = search.page(1_000)
        pages: list[Place] = []
        while page := search.page(4, pages[-1] if pages else None):
            pages += page

    assert len(whole) > 12
    assert pages == whole


@pytest.mark.slow
def test_as_a_condition_a_search_finds_the_same(database: Database, viewer: Viewer) -> None:
    world, chance = world_of(database, viewer, 5), random.Random(5)
    for _ in range(8):
        node, who = parse(random_query(chance)), chance.choice(world.viewers)
        with database.reading() as session:
            for kind in ("Image", "Dataset", "ROI"):
                entity = aliased(KINDS[kind])
                among = condition(who, kind, entity, node)
                found = session.scalars(select_visible(who, entity, entity.id).where(among))

                assert sorted(found) == sorted(Search(session, who, node).ids(kind, 1_000))


def test_only_the_kinds_asked_for_are_found(database: Database, viewer: Viewer) -> None:
    world_of(database, viewer, 1)
    with database.reading() as session:
        search = Search(session, viewer, parse("ab"), ["Dataset", "Project"])
        kinds = {place.kind for place in search.page(100)}

    assert kinds <= {"Dataset", "Project"}
    assert kinds
