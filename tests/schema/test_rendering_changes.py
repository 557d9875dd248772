"""Rendering settings as people use them: saved, named, shared, copied, reset; and who may."""

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests import people
from tests.build import hierarchy

SAVE = """mutation ($items: [SaveRenderingInput!]!, $partial: Boolean! = false, $key: String) {
  saveRenderingSettings(items: $items, partial: $partial, idempotencyKey: $key) {
    applied event { id } counts { done unchanged failed notDone }
    items { status id error { code message remedy path } node { ... on RenderingSettings {
      name version contentHash owner { userName } image { id } } } }
  }
}"""
APPLY = """mutation ($from: RenderingFromInput!, $ids: [ID!], $selection: SelectionInput) {
  applyRenderingSettings(from: $from, ids: $ids, selection: $selection) {
    applied event { id } counts { done unchanged failed }
    items { index status id error { code message path } }
  }
}"""
RESET = """mutation ($to: RenderingReset!, $ids: [ID!]) {
  resetRenderingSettings(to: $to, ids: $ids) {
    event { id } items { status id error { code } }
  }
}"""
SHARE = """mutation ($items: [ShareRenderingInput!]!, $key: String) {
  shareRenderings(items: $items, idempotencyKey: $key) {
    applied items { index status id hash tileUrl thumbnailUrl error { code path } }
  }
}"""
SHOWN = """query ($id: ID!) { image(id: $id) { tileUrl thumbnailUrl rendering {
  source saved { id version name owner { userName } } model codomain { start end bits } defaultZ defaultT projection hash
  channels { active start end color lut inverted family coefficient }
} } }"""


@dataclass
class World:
    """Images of two channels that alice owns, in a group of some kind."""

    database: Database
    graphql: GraphQL
    alice: Viewer
    bob: Viewer
    """Of the same group."""
    stranger: Viewer

    def ask(self, viewer: Viewer, text: str, **variables: Any) -> Any:
        answer = self.graphql.answer(viewer, text, variables)
        assert "errors" not in answer, answer["errors"]
        ((_, data),) = answer["data"].items()
        return data

    def shown(self, viewer: Viewer, image: int = 1) -> Any:
        data = self.ask(viewer, SHOWN, id=f"Image:{image}")
        return data and data["rendering"] | {"urls": (data["tileUrl"], data["thumbnailUrl"])}

    def save(self, viewer: Viewer, image: int = 1, **item: Any) -> Any:
        return self.ask(viewer, SAVE, items=[{"image": f"Image:{image}", **item}])

    def saved(self, viewer: Viewer, image: int = 1, **item: Any) -> str:
        changed = self.save(viewer, image, **item)
        assert changed["applied"], changed
        key: str = changed["items"][0]["id"]
        return key


def make_world(database: Database, administrator: Viewer, kind: GroupPermissions) -> World:
    with database.writing() as session:
        group = people.group(session, administrator, kind)
        other = people.group(session, administrator, GroupPermissions.READ_WRITE)
        alice = people.person(session, administrator, "alice", [group])
        bob = people.person(session, administrator, "bob", [group], leads=kind == "private")
        stranger = people.person(session, administrator, "stranger", [other])
        hierarchy(session, alice, projects=1, datasets=2, images=2, channels=2)
    return World(database, GraphQL(database), alice, bob, stranger)


@pytest.fixture
def world(database: Database, viewer: Viewer) -> World:
    return make_world(database, viewer, GroupPermissions.READ_ONLY)


def test_settings_are_mine_then_the_owners_then_the_default(world: World) -> None:
    default = world.shown(world.bob)
    theirs = world.saved(world.alice, text="c=1:5-50")
    owned = world.shown(world.bob)
    mine = world.saved(world.bob, settings={"channels": [{"index": 0, "start": 7}]})
    own = world.shown(world.bob)

    assert (default["source"], default["saved"]) == ("DEFAULT", None)
    assert (owned["source"], owned["saved"]["id"]) == ("OWNER", theirs)
    assert (owned["channels"][0]["start"], owned["channels"][0]["end"]) == (5, 50)
    assert (own["source"], own["saved"]["id"]) == ("MINE", mine)
    # What is not given stays as it was seen, and others see what they saw.
    assert (own["channels"][0]["start"], own["channels"][0]["end"]) == (7, 50)
    assert world.shown(world.alice)["channels"][0]["start"] == 5
    assert len({shown["hash"] for shown in (default, owned, own)}) == 3
    assert len({url for shown in (default, owned, own) for url in shown["urls"]}) == 6


def test_every_part_of_settings_can_be_saved(world: World) -> None:
    channel = {
        "index": 1,
        "active": False,
        "start": -1.5,
        "end": 2.5,
        "color": "#01020304",
        "lut": "Magma.lut",
        "inverted": True,
        "family": "polynomial",
        "coefficient": 0.5,
    }
    codomain = {"start": 10, "end": 245, "bits": 4}
    world.save(
        world.alice,
        settings={"model": "GREYSCALE", "codomain": codomain, "channels": [channel]},
    )

    shown = world.shown(world.alice)

    del channel["index"]
    assert (shown["model"], shown["codomain"]) == ("GREYSCALE", codomain)
    assert shown["channels"][1] == channel | {"lut": "magma"}


def test_a_lookup_table_is_taken_away_by_null_or_a_colour(world: World) -> None:
    for change in ({"lut": None}, {"color": "#00FF00FF"}):
        world.save(world.alice, settings={"channels": [{"index": 0, "lut": "magma"}]})
        before = world.shown(world.alice)["channels"][0]["lut"]
        world.save(world.alice, settings={"channels": [{"index": 0, **change}]})

        assert (before, world.shown(world.alice)["channels"][0]["lut"]) == ("magma", None)


def test_saving_again_changes_the_row_and_the_same_again_changes_nothing(world: World) -> None:
    first = world.save(world.alice, text="c=-2")
    second = world.save(world.alice, text="c=-1,2")
    third = world.save(world.alice, text="c=-1,2")

    ids = {changed["items"][0]["id"] for changed in (first, second, third)}
    assert ids == {"RenderingSettings:1"}
    assert second["items"][0]["node"]["version"] == 2
    assert third["items"][0]["status"] == "UNCHANGED"
    assert third["event"] is None


def test_named_settings_are_kept_beside_and_seen_by_others(world: World) -> None:
    world.saved(world.alice, name="Only DNA", text="c=1,-2")

    assert world.shown(world.alice)["source"] == "DEFAULT"
    data = world.ask(
        world.bob,
        """{ image(id: "Image:1") { renderingSettings {
        totalCount nodes { id name owner { userName } image { id } channels { active } } } } }""",
    )
    (found,) = data["renderingSettings"]["nodes"]
    assert (found["name"], found["owner"]["userName"]) == ("Only DNA", "alice")
    assert found["channels"] == [{"active": True}, {"active": False}]
    applied = world.ask(world.bob, APPLY, **{"from": {"saved": found["id"]}, "ids": ["Image:1"]})
    assert applied["items"][0]["status"] == "DONE"
    assert world.shown(world.bob)["source"] == "MINE"


def test_a_name_is_used_once_by_each_person_for_an_image(world: World) -> None:
    first = world.saved(world.alice, name="A")
    second = world.saved(world.alice, name="B", text="c=-1")
    theirs = world.saved(world.bob, name="A")
    rename = """mutation ($items: [RenderingSettingsUpdate!]!) {
      updateRenderingSettings(items: $items) { items { status error { code } } } }"""

    taken = world.ask(world.alice, rename, items=[{"id": second, "name": "A"}])
    empty = world.ask(world.alice, rename, items=[{"id": second, "name": " "}])
    free = world.ask(world.alice, rename, items=[{"id": second, "name": "C", "version": 1}])
    others = world.ask(world.bob, rename, items=[{"id": first, "name": "D"}])

    assert len({first, second, theirs}) == 3
    assert taken["items"] == [{"status": "FAILED", "error": {"code": "conflict"}}]
    assert empty["items"][0]["error"]["code"] == "invalid_input"
    assert free["items"][0]["status"] == "DONE"
    assert others["items"][0]["error"]["code"] == "not_allowed"


def test_deleted_settings_are_not_used_and_can_be_restored(world: World) -> None:
    key = world.saved(world.alice, text="c=-1")
    delete = "mutation ($ids: [ID!]!) { delete(ids: $ids) { applied } }"
    restore = """mutation ($ids: [ID!]!) { restore(ids: $ids) {
      applied items { error { code } } } }"""

    world.ask(world.alice, delete, ids=[key])
    without = world.shown(world.alice)
    world.ask(world.alice, restore, ids=[key])

    assert without["source"] == "DEFAULT"
    assert world.shown(world.alice)["saved"]["id"] == key
    world.ask(world.alice, delete, ids=[key])
    world.saved(world.alice, text="c=-2")
    refused = world.ask(world.alice, restore, ids=[key])
    assert refused["applied"] is False
    assert refused["items"][0]["error"]["code"] == "conflict"


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        (
            {"settings": {"channels": [{"index": 2}]}},
            "invalid_settings",
            "settings channels 0 index",
        ),
        (
            {"settings": {"channels": [{"index": 1, "start": 9, "end": 1}]}},
            "invalid_window",
            "settings channels 0 window",
        ),
        (
            {"settings": {"channels": [{"index": 1, "lut": "no/such"}]}},
            "unknown_lut",
            "settings channels 0 lut",
        ),
        (
            {"settings": {"channels": [{"index": 1, "family": "cubic"}]}},
            "invalid_settings",
            "settings channels 0 family",
        ),
        (
            {"settings": {"codomain": {"start": 0, "end": 255, "bits": 9}}},
            "invalid_settings",
            "settings codomain",
        ),
        ({"text": "c=9"}, "invalid_settings", "text"),
        ({"text": "c=1", "settings": {}}, "invalid_input", ""),
        ({"defaultZ": 1}, "invalid_settings", "z"),
        ({"projection": "median"}, "invalid_settings", "projection"),
        ({"name": " "}, "invalid_input", ""),
        ({"version": 3}, "conflict", ""),
    ],
)
def test_what_cannot_be_saved_is_refused_with_its_place(
    world: World, item: dict[str, Any], code: str, path: str
) -> None:
    changed = world.save(world.alice, **item)

    (result,) = changed["items"]
    assert changed["applied"] is False
    assert (result["status"], result["error"]["code"]) == ("FAILED", code)
    assert result["error"]["path"] == ["items", "0", *path.split()]
    assert result["error"]["remedy"]


def test_an_old_version_is_a_conflict(world: World) -> None:
    world.saved(world.alice, text="c=-1")
    world.saved(world.alice, text="c=-2", version=1)

    late = world.save(world.alice, text="c=1,2", version=1)

    assert late["items"][0]["error"]["code"] == "conflict"
    assert "version is 2" in late["items"][0]["error"]["message"]


def test_one_bad_item_keeps_the_others_back_unless_they_are_wanted_alone(world: World) -> None:
    items = [{"image": "Image:1"}, {"image": "Image:1"}, {"image": "Image:99"}]

    whole = world.ask(world.alice, SAVE, items=items)
    partial = world.ask(world.alice, SAVE, items=items, partial=True)

    assert (whole["applied"], whole["event"]) == (False, None)
    assert [one["status"] for one in partial["items"]] == ["DONE", "FAILED", "FAILED"]
    assert [one["error"] and one["error"]["code"] for one in partial["items"]] == [
        None,
        "invalid_input",
        "not_found",
    ]


def test_a_request_repeated_with_its_key_is_done_once(world: World) -> None:
    items = [{"image": "Image:1", "text": "c=-1"}]

    first = world.ask(world.alice, SAVE, items=items, key="k")
    world.saved(world.alice, text="c=1,-2")
    again = world.ask(world.alice, SAVE, items=items, key="k")

    assert again["event"] == first["event"]
    assert world.shown(world.alice)["channels"][0]["active"] is True


def test_nobody_saves_settings_of_what_they_cannot_see(world: World) -> None:
    hidden = world.save(world.stranger)
    nothing = world.save(world.stranger, image=99)

    assert hidden["items"][0]["error"]["code"] == "not_found"
    assert (
        hidden["items"][0]["error"]["message"].replace("1", "99")
        == (nothing["items"][0]["error"]["message"])
    )
    assert world.shown(world.stranger) is None


def test_in_a_private_group_only_the_owner_saves(database: Database, viewer: Viewer) -> None:
    world = make_world(database, viewer, GroupPermissions.PRIVATE)

    for other in (world.bob, viewer):  # a leader, an administrator
        assert world.shown(other)["source"] == "DEFAULT"
        assert world.save(other)["items"][0]["error"]["code"] == "not_allowed"
    assert world.save(world.alice)["applied"]
    # They look at the image as its owner does.
    assert world.shown(world.bob)["source"] == "OWNER"


def test_administrators_save_their_own_settings_elsewhere(world: World, viewer: Viewer) -> None:
    world.saved(viewer, text="c=-1")

    assert world.shown(viewer)["source"] == "MINE"
    assert world.shown(world.alice)["source"] == "DEFAULT"


def test_a_view_is_saved_with_the_settings(world: World) -> None:
    with world.database.writing() as session:
        session.execute(sa.update(models.Pixels).values(size_z=9, size_t=3))
    before = world.shown(world.alice)

    world.saved(world.alice, defaultZ=2, defaultT=1, projection="max")
    shown = world.shown(world.alice)
    world.saved(world.alice, projection=None)
    flat = world.shown(world.alice)

    assert (before["defaultZ"], before["defaultT"], before["projection"]) == (4, 0, None)
    assert (shown["defaultZ"], shown["defaultT"], shown["projection"]) == (2, 1, "max:1-9")
    assert (flat["defaultZ"], flat["projection"]) == (2, None)
    assert shown["hash"] == before["hash"]
    assert len({before["urls"], shown["urls"], flat["urls"]}) == 3


def test_settings_that_no_longer_fit_the_image_are_passed_over(world: World) -> None:
    world.saved(world.alice, text="c=-1")
    with world.database.writing() as session:
        session.execute(sa.update(models.RenderingSettings).values(settings={"channels": []}))

    assert world.shown(world.alice)["source"] == "DEFAULT"


def test_settings_are_pasted_onto_the_images_of_containers(world: World) -> None:
    world.saved(world.alice, text="c=1:5-50.00FF00,-2&m=g")

    pasted = world.ask(
        world.bob, APPLY, **{"from": {"image": "Image:1"}, "ids": ["Dataset:2", "Project:1"]}
    )

    assert [one["id"] for one in pasted["items"]] == ["Image:3", "Image:4", "Image:1", "Image:2"]
    assert {one["status"] for one in pasted["items"]} == {"DONE"}
    assert [one["index"] for one in pasted["items"]] == [0, 1, 2, 3]
    hashes = {world.shown(world.bob, image)["hash"] for image in range(1, 5)}
    assert hashes == {world.shown(world.alice)["hash"]}
    assert world.shown(world.alice, 3)["source"] == "DEFAULT"
    again = world.ask(world.bob, APPLY, **{"from": {"image": "Image:1"}, "ids": ["Project:1"]})
    assert again["counts"] == {"done": 0, "unchanged": 4, "failed": 0}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (models.Pixels, {"type": "uint8"}),
        (models.Pixels, {"size_c": 1}),
        (models.Channel, {"emission_wavelength": 700.0}),
        (models.Channel, {"emission_wavelength_unit": "µm"}),
    ],
)
def test_images_that_settings_do_not_fit_are_skipped_and_told(
    world: World, table: Any, values: dict[str, Any]
) -> None:
    world.saved(world.alice, text="c=-1")
    pixels = 2
    column = table.id if table is models.Pixels else table.pixels_id
    with world.database.writing() as session:
        if "size_c" in values:
            channel = models.Channel
            session.execute(
                sa.delete(channel).where(channel.pixels_id == pixels, channel.index == 1)
            )
        session.execute(sa.update(table).where(column == pixels).values(**values))

    pasted = world.ask(
        world.alice, APPLY, **{"from": {"image": "Image:1"}, "ids": ["Image:2", "Image:3"]}
    )

    skipped, done = pasted["items"]
    assert (skipped["id"], skipped["status"]) == ("Image:2", "FAILED")
    assert "Image 2" in skipped["error"]["message"]
    assert (done["id"], done["status"]) == ("Image:3", "DONE")
    assert world.shown(world.alice, 2)["source"] == "DEFAULT"


def test_wavelengths_are_compared_as_lengths_in_any_order(world: World) -> None:
    world.saved(world.alice, text="c=-1")
    with world.database.writing() as session:
        channel = models.Channel
        swapped = sa.case((channel.index == 0, 0.51), else_=0.45)
        session.execute(
            sa.update(channel)
            .where(channel.pixels_id == 2)
            .values(emission_wavelength=swapped, emission_wavelength_unit="µm")
        )

    pasted = world.ask(world.alice, APPLY, **{"from": {"image": "Image:1"}, "ids": ["Image:2"]})

    assert pasted["items"][0]["status"] == "DONE"


def test_a_text_changes_what_each_image_has(world: World) -> None:
    world.saved(world.alice, 1, text="c=2:1-2")
    world.saved(world.alice, 2, text="c=2:3-4")

    world.ask(
        world.alice,
        APPLY,
        **{"from": {"text": "c=-1"}, "selection": {"images": {"name": {"contains": "Image"}}}},
    )

    shown = [world.shown(world.alice, image) for image in (1, 2, 3)]
    assert [one["channels"][0]["active"] for one in shown] == [False] * 3
    assert [one["channels"][1]["start"] for one in shown] == [1, 3, 0]


def test_things_without_images_and_hidden_ones_are_told(world: World) -> None:
    pasted = world.ask(
        world.bob,
        APPLY,
        **{"from": {"text": "c=-1"}, "ids": ["Channel:1", "Image:99", "Dataset:99", "Image:1"]},
    )

    codes = [one["error"] and one["error"]["code"] for one in pasted["items"]]
    assert codes == ["invalid_input", "not_found", "not_found", None]
    assert pasted["items"][1]["error"]["path"] == ["ids", "1"]


@pytest.mark.parametrize(
    "source",
    [{}, {"text": "c=1", "hash": "0" * 16}, {"image": "Dataset:1"}, {"hash": "0" * 16},
     {"hash": "\x00"}, {"image": "Image:99"}, {"saved": "RenderingSettings:99"}],
)  # fmt: skip
def test_sources_that_are_none_are_refused(world: World, source: dict[str, Any]) -> None:
    answer = world.graphql.answer(world.alice, APPLY, {"from": source, "ids": ["Image:1"]})

    assert answer["errors"][0]["extensions"]["code"] in ("invalid_input", "not_found")
    assert answer["errors"][0]["extensions"]["remedy"]


def test_a_reset_brings_back_the_default_even_if_the_owner_saved_something(world: World) -> None:
    default = world.shown(world.bob)
    world.saved(world.alice, text="c=-1")
    world.saved(world.bob, text="c=-2")

    world.ask(world.bob, RESET, to="DEFAULT", ids=["Image:1"])
    theirs = world.shown(world.bob)
    world.ask(world.alice, RESET, to="DEFAULT", ids=["Project:1"])

    assert (theirs["source"], theirs["hash"]) == ("MINE", default["hash"])
    assert world.shown(world.alice)["source"] == "DEFAULT"


def test_a_reset_to_the_owner_takes_mine_away(world: World) -> None:
    world.saved(world.alice, text="c=-1")
    world.saved(world.bob, text="c=-2")

    first = world.ask(world.bob, RESET, to="OWNER", ids=["Image:1", "Image:2"])

    assert [one["status"] for one in first["items"]] == ["DONE", "UNCHANGED"]
    assert world.shown(world.bob)["source"] == "OWNER"


def test_windows_are_reset_alone(world: World) -> None:
    world.saved(world.alice, text="c=1:5-50.00FF00,-2&m=g")

    world.ask(world.alice, RESET, to="MIN_MAX", ids=["Image:1"])
    narrow = world.shown(world.alice)
    world.ask(world.alice, RESET, to="FULL_RANGE", ids=["Image:1"])
    wide = world.shown(world.alice)

    assert [(one["start"], one["end"]) for one in narrow["channels"]] == [(0, 1000), (0, 1001)]
    assert [(one["start"], one["end"]) for one in wide["channels"]] == [(0, 65535)] * 2
    assert wide["model"] == "GREYSCALE"
    assert wide["channels"][0]["color"] == "#00FF00FF"
    assert [one["active"] for one in wide["channels"]] == [True, False]


def test_settings_are_shared_by_a_hash_of_what_they_are(world: World) -> None:
    first = world.ask(world.alice, SHARE, items=[{"image": "Image:1", "text": "c=1:5-50"}])
    same = world.ask(
        world.bob,
        SHARE,
        items=[
            {"image": "Image:2", "settings": {"channels": [{"index": 0, "start": 5, "end": 50}]}}
        ],
        key="k",
    )

    (one,), (two,) = first["items"], same["items"]
    assert one["hash"] == two["hash"]
    assert f"s={one['hash']}&v=" in one["tileUrl"]
    assert world.shown(world.alice)["source"] == "DEFAULT"
    again = world.ask(
        world.bob,
        SHARE,
        items=[
            {"image": "Image:2", "settings": {"channels": [{"index": 0, "start": 5, "end": 50}]}}
        ],
        key="k",
    )
    assert again == same
    pasted = world.ask(world.bob, APPLY, **{"from": {"hash": one["hash"]}, "ids": ["Image:3"]})
    assert pasted["items"][0]["status"] == "DONE"


def test_of_settings_to_be_shared_all_are_kept_or_none(world: World) -> None:
    shared = world.ask(
        world.stranger,
        SHARE,
        items=[{"image": "Image:1"}, {"image": "Dataset:1"}, {"image": "Image:99"}],
    )
    mixed = world.ask(world.bob, SHARE, items=[{"image": "Image:1"}, {"image": "Image:99"}])

    assert [one["status"] for one in shared["items"]] == ["FAILED"] * 3
    assert [one["error"]["code"] for one in shared["items"]] == [
        "not_found",
        "invalid_input",
        "not_found",
    ]
    assert [one["status"] for one in mixed["items"]] == ["NOT_DONE", "FAILED"]
    with world.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(models.RenderingForm.id))) == 0


def test_saving_writes_one_event_with_its_record(world: World) -> None:
    items = [{"image": f"Image:{key}", "text": "c=-1"} for key in range(1, 5)]

    changed = world.ask(world.bob, SAVE, items=items)

    with world.database.reading() as session:
        log = models.EventLog
        rows = session.execute(
            sa.select(log.entity_type, log.action, log.event_id).where(
                log.entity_type == "RenderingSettings"
            )
        ).all()
    event = int(changed["event"]["id"].partition(":")[2])
    assert rows == [("RenderingSettings", "INSERT", event)] * 4


def test_many_images_take_as_many_statements_as_few(world: World) -> None:
    with world.database.writing() as session:
        hierarchy(session, world.alice, projects=1, datasets=1, images=300, channels=3)
    counted = []
    for ids in (["Image:5"], ["Image:6", "Image:7"], ["Dataset:3"]):
        variables = {"from": {"text": "c=1:1-9,-2"}, "ids": ids}
        answer = world.graphql.answer(world.bob, APPLY, variables)
        counted.append(answer["extensions"]["cost"]["statements"])

    counts = answer["data"]["applyRenderingSettings"]["counts"]
    assert counts == {"done": 297, "unchanged": 3, "failed": 0}
    assert counted == [counted[0], counted[0], counted[0] + 1]  # the images of the dataset
    assert counted[0] < 20
