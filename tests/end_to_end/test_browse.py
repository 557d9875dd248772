"""What a person does with many images: find, annotate, move, delete, and take it all back."""

import csv
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, BrowserContext, Download, Locator, Page, expect

from tests.end_to_end.conftest import COMMAND, ROOT, Served, Watched, import_images, serving
from tests.end_to_end.looks import NARROW, WIDE, check_sound, looking

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MANY = 1_000
PASSWORD = "a password for one test"
SLOW = 60_000
"""Milliseconds for changes of a thousand images on a machine with other work."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A thousand images in the dataset Cells, and an empty dataset Chosen."""
    folder = tmp_path_factory.mktemp("browse")
    images = folder / "Cells"
    images.mkdir()
    with tifffile.TiffWriter(images / "many.ome.tif", ome=True) as writer:
        for number in range(MANY):
            cell = np.zeros((16, 16), np.uint8)
            cell[4:12, 4:12] = 50 + number % 200
            named = {"axes": "YX", "Name": f"cell {number:04}"}
            writer.write(cell, photometric="minisblack", metadata=named)
    import_images(folder / "data", images)
    with serving(folder / "data") as server:
        environ = {**os.environ, "MICROGRAPH_DATA": str(folder / "data")}
        subprocess.run(
            [*COMMAND, "user", "password", "root", "--stdin"],
            input=PASSWORD.encode(),
            env=environ,
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        yield server


def ask(page: Page, served: Served, query: str, **variables: Any) -> Any:
    """Ask GraphQL beside the page."""
    sent = {"query": query, "variables": variables}
    answer = page.request.post(f"{served.address}/graphql", data=sent, timeout=SLOW).json()
    assert "errors" not in answer, answer
    return answer["data"]


def count(page: Page, served: Served, **filters: Any) -> int:
    """How many images a filter finds."""
    query = "query($f: ImageFilter) { images(filter: $f, first: 0) { totalCount } }"
    found: int = ask(page, served, query, f=filters)["images"]["totalCount"]
    return found


def dataset(page: Page, served: Served, name: str) -> str:
    """The number of the dataset of that name, made in the project Samples if there is none."""
    query = "{ datasets { nodes { id name } } projects { nodes { id } } }"
    found = ask(page, served, query)
    ids = [each["id"] for each in found["datasets"]["nodes"] if each["name"] == name]
    if not ids:
        make = """mutation($name: String!, $project: ID) {
          createDatasets(items: [{ name: $name }], project: $project) { items { id } }
        }"""
        project = found["projects"]["nodes"][0]["id"]
        made = ask(page, served, make, name=name, project=project)
        ids = [made["createDatasets"]["items"][0]["id"]]
    return str(ids[0].split(":")[1])


@pytest.fixture
def cells(page: Page, served: Served) -> Page:
    """The dataset of a thousand images, shown."""
    dataset(page, served, "Chosen")
    page.goto(f"{served.address}/dataset/{dataset(page, served, 'Cells')}")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    return page


def cell(page: Page, number: int) -> Locator:
    """The card of one image."""
    return page.get_by_role("gridcell", name=f"cell {number:04}")


def said(page: Page, text: str | re.Pattern[str]) -> Locator:
    """A message that appeared."""
    return page.get_by_role("status").get_by_text(text)


def in_chosen(page: Page, served: Served) -> int:
    """How many images are in the dataset Chosen."""
    return count(page, served, datasets={"name": {"eq": "Chosen"}})


def test_a_thousand_images_are_shown_in_three_calls_and_300_nodes(
    page: Page, served: Served
) -> None:
    calls: list[str] = []
    page.on("request", lambda sent: calls.append(sent.url.removeprefix(served.address)))
    page.goto(f"{served.address}/?facets=1")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem", name=re.compile(r"All images 1.000"))).to_be_visible()
    expect(page.get_by_role("region", name="Counts of what is shown")).to_contain_text("uint8")
    expect(page.get_by_role("gridcell").first).to_be_visible()

    assert calls.count("/graphql") <= 3
    assert page.get_by_role("grid").locator("*").count() <= 300


def test_an_image_is_tagged_by_key_and_found_by_its_tag(cells: Page, served: Served) -> None:
    cell(cells, 3).click()
    cells.keyboard.press("t")
    field = cells.get_by_role("dialog").get_by_role("textbox")
    field.fill("found me")
    field.press("Enter")
    expect(said(cells, "Tagged 1 image: found me")).to_be_visible()

    cells.keyboard.press("/")
    cells.keyboard.type('tag:"found me"')
    expect(said(cells, "1 image").first).to_be_visible()

    expect(cells.get_by_role("gridcell")).to_have_count(1)
    expect(cells).to_have_url(re.compile("q=tag:"))
    cells.reload()
    expect(cells.get_by_role("gridcell")).to_have_count(1)


def test_a_thousand_images_are_annotated_and_it_is_undone(cells: Page, served: Served) -> None:
    cells.get_by_role("grid").focus()
    cells.keyboard.press("Control+a")
    expect(cells.get_by_text(re.compile(r"1.000 selected of 1.000"))).to_be_visible()
    cells.keyboard.press("t")
    cells.get_by_role("dialog").get_by_role("textbox").fill("batch")
    cells.keyboard.press("Enter")
    expect(said(cells, re.compile(r"Tagged 1.000 images"))).to_be_visible(timeout=SLOW)
    assert count(cells, served, tag={"eq": "batch"}) == MANY

    cells.get_by_role("button", name="Undo").first.click()
    expect(said(cells, re.compile("Undone: Tagged"))).to_be_visible(timeout=SLOW)
    assert count(cells, served, tag={"eq": "batch"}) == 0


def test_key_values_of_several_are_written_and_what_was_there_comes_back(
    cells: Page, served: Served
) -> None:
    cell(cells, 0).click()
    cell(cells, 1).click(modifiers=["Control"])
    for value in ("CDK1", "AURKB"):
        cells.get_by_role("button", name="Key–values").click()
        cells.get_by_label("Key 1").fill("Gene")
        cells.get_by_label("Value 1").fill(value)
        cells.get_by_role("button", name="Write key–values").click()
        expect(said(cells, "Wrote key–values of 2 images").last).to_be_visible()
        expect(cells.get_by_role("dialog")).to_have_count(0)
    assert count(cells, served, keyValue=[{"key": "gene", "eq": "AURKB"}]) == 2
    cells.keyboard.press("Control+z")
    expect(said(cells, re.compile("Undone: Wrote"))).to_be_visible()

    assert count(cells, served, keyValue=[{"key": "gene", "eq": "CDK1"}]) == 2


def test_images_are_dragged_into_a_dataset_and_undo_puts_them_back(
    cells: Page, served: Served
) -> None:
    before = in_chosen(cells, served)
    cell(cells, 5).click()
    cell(cells, 6).click(modifiers=["Control"])
    cell(cells, 6).drag_to(cells.get_by_role("treeitem", name="Chosen"))
    expect(said(cells, "Moved 2 images to Chosen")).to_be_visible()
    assert in_chosen(cells, served) == before + 2

    cells.keyboard.press("Control+z")
    expect(said(cells, re.compile("Undone: Moved 2 images"))).to_be_visible()
    assert in_chosen(cells, served) == before


def test_images_are_moved_with_the_keyboard_alone(cells: Page, served: Served) -> None:
    before = in_chosen(cells, served)
    cells.get_by_role("grid").focus()
    cells.keyboard.press("Home")
    expect(cells.get_by_role("gridcell", selected=True)).to_have_count(1)
    cells.keyboard.press("Shift+ArrowRight")
    expect(cells.get_by_role("gridcell", selected=True)).to_have_count(2)
    cells.keyboard.press("m")
    expect(cells.get_by_role("radio", name="Chosen")).to_be_visible()
    cells.keyboard.type("Chos")
    expect(cells.get_by_role("radio")).to_have_count(1)
    cells.keyboard.press("Enter")
    expect(said(cells, "Moved 2 images to Chosen")).to_be_visible()

    assert in_chosen(cells, served) == before + 2


def test_what_is_deleted_is_told_before_and_comes_back_from_the_trash(
    cells: Page, served: Served
) -> None:
    doomed = dataset(cells, served, "Doomed")
    project = ask(cells, served, "{ projects { nodes { id } } }")["projects"]["nodes"][0]["id"]
    cells.goto(f"{served.address}/project/{project.split(':')[1]}")
    cells.get_by_role("gridcell", name="Doomed").click()
    cells.keyboard.press("Delete")
    dialog = cells.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Goes to the trash")).to_be_visible()
    expect(dialog.get_by_role("definition").first).to_have_text("1")
    dialog.get_by_role("button", name="Move to the trash").click()
    expect(said(cells, "Moved 1 dataset to the trash")).to_be_visible()

    cells.get_by_role("treeitem", name="Trash").click()
    cells.get_by_role("combobox", name="Show").select_option("DATASET")
    cells.get_by_role("button", name="Restore Doomed").click()
    expect(said(cells, "Restored Doomed")).to_be_visible()
    assert dataset(cells, served, "Doomed") == doomed


def test_why_something_cannot_be_deleted_is_said_where_it_is_asked(cells: Page) -> None:
    cell(cells, 9).click()
    cells.keyboard.press("Delete")
    dialog = cells.get_by_role("dialog")

    expect(dialog.get_by_role("alert")).to_contain_text("fileset")
    expect(dialog.get_by_role("button", name="Move to the trash")).to_be_disabled()


def rename(page: Page, name: str) -> None:
    """Open the dialog of a selected image's name and write another."""
    page.keyboard.press("F2")
    field = page.get_by_label("Name", exact=True)
    expect(field).not_to_have_value("")
    field.fill(name)


def test_a_change_of_somebody_else_is_shown_beside_mine_and_neither_is_lost(
    cells: Page, served: Served
) -> None:
    cell(cells, 11).click()
    rename(cells, "cell 0011 mine")
    number = re.search(r"sel=image:(\d+)", cells.url)
    assert number is not None
    change = "mutation($i: [ImageUpdate!]!) { updateImages(items: $i) { applied } }"
    ask(cells, served, change, i=[{"id": f"Image:{number[1]}", "name": "cell 0011 theirs"}])
    cells.get_by_role("button", name="Save", exact=True).click()
    conflict = cells.get_by_role("alert")
    expect(conflict).to_contain_text("cell 0011 mine")
    expect(conflict).to_contain_text("cell 0011 theirs")
    cells.get_by_role("button", name="Save mine over it").click()

    expect(said(cells, "Changed cell 0011 mine")).to_be_visible()


def test_a_session_that_ends_in_an_edit_leaves_the_edit(
    cells: Page, context: BrowserContext, served: Served, watched: Watched
) -> None:
    cell(cells, 12).click()
    rename(cells, "cell 0012 kept")
    context.clear_cookies()
    cells.get_by_role("button", name="Save", exact=True).click()
    again = cells.get_by_role("dialog", name="Your session has ended")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_count(0)
    expect(cells.get_by_label("Name", exact=True)).to_have_value("cell 0012 kept")
    cells.get_by_role("button", name="Save", exact=True).click()

    expect(said(cells, "Changed cell 0012 kept")).to_be_visible()
    watched.errors.clear()  # Chromium logs the refused request itself


def test_a_filter_that_cannot_be_understood_points_at_the_character(cells: Page) -> None:
    field = cells.get_by_label(re.compile("^Filter"))
    field.fill("tag:a (gene:b")

    expect(cells.locator("mark")).to_have_text("(")
    expect(cells.get_by_text("character 7")).to_be_visible()
    expect(cells.get_by_role("gridcell").first).to_be_visible()


def test_the_search_points_at_the_character_that_the_server_names(
    page: Page, served: Served
) -> None:
    page.goto(f"{served.address}/search?q=gene:%3E%3E")

    expect(page.get_by_role("alert")).to_contain_text("character 6")
    expect(page.locator("mark")).to_have_text(">")


def test_the_inspector_tags_rates_comments_and_tells_what_was_done(cells: Page) -> None:
    cell(cells, 20).click()
    inspector = cells.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("combobox", name="Add a tag").fill("by hand")
    cells.keyboard.press("Enter")
    expect(inspector.get_by_role("link", name="by hand")).to_be_visible()
    inspector.get_by_role("button", name="4 stars").click()
    expect(inspector.get_by_role("button", name="4 stars", pressed=True)).to_be_visible()
    inspector.get_by_label("Write a comment").fill("Out of focus.")
    inspector.get_by_role("button", name="Comment").click()
    expect(inspector.get_by_text("Out of focus.")).to_be_visible()
    inspector.get_by_text("History").click()

    expect(inspector.get_by_role("list").filter(has_text="Made").first).to_be_visible()


def test_lists_are_sorted_by_ratings_and_key_values_from_the_menu_and_the_table(
    cells: Page, served: Served
) -> None:
    write = """mutation($low: [ID!], $high: [ID!], $pairs: [KeyValueInput!]!) {
      low: rate(rating: 1, ids: $low) { applied }
      high: rate(rating: 5, ids: $high) { applied }
      setKeyValues(pairs: $pairs, mode: REPLACE_KEYS, ids: $high) { applied } }"""
    found = ask(cells, served, "{ images(first: 40, orderBy: NAME_ASC) { nodes { id } } }")
    ids = [one["id"] for one in found["images"]["nodes"]]
    pairs = [{"key": "Passage", "value": "12"}]
    ask(cells, served, write, low=[ids[30]], high=[ids[31]], pairs=pairs)
    cells.reload()
    order = cells.get_by_role("button", name=re.compile("^Order:"))
    order.click()
    cells.get_by_role("menuitem", name="Rating").click()
    expect(cells.get_by_role("gridcell").first).to_have_accessible_name(re.compile("cell 0031"))
    expect(cells).to_have_url(re.compile("sort=-rating"))

    cells.keyboard.press("Shift+2")
    head = cells.get_by_role("columnheader", name="Rating")
    expect(head).to_have_attribute("aria-sort", "descending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(cells.get_by_role("gridcell").first).to_contain_text("cell 0030")

    order.focus()
    cells.keyboard.press("Enter")
    expect(cells.get_by_role("menuitem", name="Passage")).to_be_visible()
    cells.keyboard.type("Pass")
    cells.keyboard.press("Enter")
    expect(cells.get_by_role("gridcell").first).to_contain_text("cell 0031")
    expect(cells.get_by_role("gridcell").first).to_contain_text("12")
    expect(cells).to_have_url(re.compile("sort=kv:Passage"))
    cells.reload()
    expect(cells.get_by_role("gridcell").first).to_contain_text("cell 0031")


def rows_of(download: Download) -> list[list[str]]:
    """The rows of a table that the browser got."""
    with Path(download.path()).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_table_is_fetched_as_csv_by_key_whole_and_in_its_order(
    cells: Page, served: Served
) -> None:
    cells.goto(f"{cells.url}?view=table&sort=-name")
    expect(cells.get_by_role("gridcell").first).to_be_visible()
    cells.get_by_role("grid").focus()
    with cells.expect_download(timeout=SLOW) as coming:
        cells.keyboard.press("Shift+M")
    rows = rows_of(coming.value)

    assert coming.value.suggested_filename == "Cells.csv"
    assert rows[0] == ["Name", "Width", "Height", "C", "Z", "T", "Type", "Acquired"]
    names = ask(
        cells,
        served,
        """query($id: ID!) { dataset(id: $id) {
          a: images(first: 500, orderBy: NAME_DESC) { nodes { name } pageInfo { endCursor } } } }""",
        id=f"Dataset:{dataset(cells, served, 'Cells')}",
    )["dataset"]["a"]["nodes"]
    assert len(rows) > len(names) == 500
    assert [row[0] for row in rows[1:501]] == [each["name"] for each in names]
    assert rows[1][1:7] == ["16", "16", "1", "1", "1", "uint8"]
    expect(said(cells, re.compile(r"^A table of \S+ rows was handed"))).to_be_visible()
    expect(cells.get_by_role("dialog")).to_have_count(0)


def test_selected_rows_are_fetched_as_csv_by_mouse(cells: Page) -> None:
    cell(cells, 20).click()
    cell(cells, 22).click(modifiers=["Control"])
    cells.get_by_role("toolbar", name="Change what is selected").get_by_role(
        "button", name="More"
    ).click()
    with cells.expect_download(timeout=SLOW) as coming:
        cells.get_by_role("menuitem", name="Selected rows as CSV").click()

    assert [row[0] for row in rows_of(coming.value)[1:]] == ["cell 0020", "cell 0022"]


def test_a_table_that_cannot_be_fetched_says_why_and_is_tried_again(
    cells: Page, watched: Watched
) -> None:
    cells.get_by_role("button", name="What can be done with this").click()
    cells.route("**/graphql", lambda route: route.abort())
    cells.get_by_role("menuitem", name="Table as CSV").click()
    dialog = cells.get_by_role("dialog", name="Table as CSV")
    expect(dialog.get_by_role("alert")).to_contain_text(re.compile("."))
    cells.unroute("**/graphql")
    watched.errors.clear()
    with cells.expect_download(timeout=SLOW) as coming:
        dialog.get_by_role("button", name="Try again").click()

    assert len(rows_of(coming.value)) > 500


def test_owners_groups_and_ratings_are_counted_and_narrow_the_list_down(
    cells: Page, served: Served
) -> None:
    write = "mutation($ids: [ID!]) { rate(rating: 3, ids: $ids) { applied } }"
    found = ask(cells, served, "{ images(first: 12, orderBy: NAME_ASC) { nodes { id } } }")
    ask(cells, served, write, ids=[one["id"] for one in found["images"]["nodes"]][10:])
    cells.goto(f"{served.address}/?facets=1")
    counts = cells.get_by_role("region", name="Counts of what is shown")
    counts.get_by_role("button", name=re.compile("^3 stars")).click()
    expect(cells.get_by_role("gridcell")).to_have_count(2)
    expect(counts.get_by_role("heading", name="Owners")).to_be_visible()
    expect(counts.get_by_role("heading", name="Groups")).to_be_visible()
    cells.keyboard.press("/")
    cells.keyboard.press("Control+a")
    cells.keyboard.type("owner:root rating:3")
    expect(said(cells, "2 images").first).to_be_visible()
    cells.keyboard.press("Control+a")
    cells.keyboard.type("owner:nobody")
    expect(cells.get_by_text("The filter finds nothing here")).to_be_visible()


def test_tags_of_a_selection_are_on_all_some_or_none_and_are_turned_for_all(
    cells: Page, served: Served
) -> None:
    write = """mutation($one: [ID!], $both: [ID!]) {
      some: addTags(tags: ["on one"], ids: $one) { applied }
      all: addTags(tags: ["on both"], ids: $both) { applied } }"""
    found = ask(cells, served, "{ images(first: 24, orderBy: NAME_ASC) { nodes { id } } }")
    pair = [one["id"] for one in found["images"]["nodes"]][22:]
    ask(cells, served, write, one=pair[:1], both=pair)
    cell(cells, 22).click()
    cell(cells, 23).click(modifiers=["Control"])
    changes = cells.get_by_role("toolbar", name="Change what is selected")
    changes.get_by_role("button", name=re.compile("^Tag")).click()
    dialog = cells.get_by_role("dialog")
    some, both = dialog.get_by_label("on one"), dialog.get_by_label("on both")
    expect(some).to_have_js_property("indeterminate", value=True)
    expect(dialog.get_by_text("on 1 of 2")).to_be_visible()
    expect(both).to_be_checked()
    some.click()
    expect(some).to_be_checked()
    both.click()
    cells.get_by_role("button", name="Change tags of 2 images").click()
    expect(said(cells, re.compile("Changed tags of 2 images"))).to_be_visible()
    assert count(cells, served, tag={"eq": "on one"}) == 2
    assert count(cells, served, tag={"eq": "on both"}) == 0

    cells.keyboard.press("Control+z")
    expect(said(cells, re.compile("Undone: Changed tags"))).to_be_visible()
    assert count(cells, served, tag={"eq": "on one"}) == 1
    assert count(cells, served, tag={"eq": "on both"}) == 2

    # The same by keyboard alone, and a new tag with it.
    cells.get_by_role("grid").focus()
    cells.keyboard.press("t")
    expect(some).to_have_js_property("indeterminate", value=True)
    cells.keyboard.type("on one")
    expect(both).to_have_count(0)
    cells.keyboard.press("Tab")
    expect(some).to_be_focused()
    cells.keyboard.press("Space")
    expect(dialog.get_by_role("textbox")).to_have_value("")
    cells.keyboard.press("Enter")
    expect(said(cells, "Tagged 1 image: on one")).to_be_visible()
    assert count(cells, served, tag={"eq": "on one"}) == 2


def test_images_are_cut_copied_and_pasted_onto_the_tree_by_keys(
    cells: Page, served: Served
) -> None:
    before = in_chosen(cells, served)
    tree = cells.get_by_role("tree")
    for key, done, left in (("x", "Moved 2 images to Chosen", 0), ("c", "Put 2 images into", 2)):
        cell(cells, 24).click()
        cells.keyboard.press("Shift+ArrowRight")
        expect(cells.get_by_role("gridcell", selected=True)).to_have_count(2)
        cells.keyboard.press(f"Control+{key}")
        tree.focus()
        cells.keyboard.type("Chosen")
        cells.keyboard.press("Control+v")
        expect(said(cells, re.compile(done))).to_be_visible()
        assert in_chosen(cells, served) == before + 2
        assert len(in_cells(cells, served, [24, 25])) == left
        cells.keyboard.press("Control+z")
        expect(said(cells, re.compile(f"Undone: {done}"))).to_be_visible()
        assert in_chosen(cells, served) == before
        expect(cell(cells, 25)).to_be_visible()
    cells.reload()
    expect(cells.get_by_role("gridcell").first).to_be_visible()
    tree.focus()
    cells.keyboard.press("Control+v")
    expect(said(cells, "Nothing was cut or copied.")).to_be_visible()


def test_images_are_copied_and_pasted_by_mouse(cells: Page, served: Served) -> None:
    before = in_chosen(cells, served)
    cell(cells, 22).click()
    cell(cells, 23).click(modifiers=["Control"])
    changes = cells.get_by_role("toolbar", name="Change what is selected")
    changes.get_by_role("button", name="More").click()
    cells.get_by_role("menuitem", name="Copy").click()
    cells.get_by_role("treeitem", name="Chosen").click()
    expect(cells.get_by_role("heading", name="Chosen", level=1)).to_be_visible()
    cells.get_by_role("button", name="What can be done with this").click()
    cells.get_by_role("menuitem", name="Paste here").click()
    expect(said(cells, re.compile("Put 2 images into Chosen"))).to_be_visible()
    assert in_chosen(cells, served) == before + 2
    cells.keyboard.press("Control+z")
    expect(said(cells, re.compile("Undone: Put 2 images"))).to_be_visible()


def in_cells(page: Page, served: Served, numbers: list[int]) -> list[str]:
    """Which of some images are in the dataset Cells."""
    names = [f"cell {number:04}" for number in numbers]
    query = "query($f: ImageFilter) { images(filter: $f) { nodes { id } } }"
    asked = {"name": {"in": names}, "datasets": {"name": {"eq": "Cells"}}}
    return [one["id"] for one in ask(page, served, query, f=asked)["images"]["nodes"]]


def test_one_thing_is_removed_from_the_trash_for_good(page: Page, served: Served) -> None:
    make = """mutation { createProjects(items: [{ name: "Goes" }, { name: "Stays" }]) {
      items { id } } }"""
    ids = [one["id"] for one in ask(page, served, make)["createProjects"]["items"]]
    for each in ids:
        ask(page, served, "mutation($ids: [ID!]!) { delete(ids: $ids) { applied } }", ids=[each])
    page.goto(f"{served.address}/trash")
    page.get_by_role("button", name="Remove Goes for good").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("1 deletion with 1 object"))).to_be_visible()
    dialog.get_by_role("button", name="Remove for good").click()
    expect(said(page, re.compile("Removed Goes for good"))).to_be_visible()
    expect(page.get_by_role("button", name="Restore Goes")).to_have_count(0)
    page.get_by_role("button", name="Remove Stays for good").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(re.compile("1 deletion"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Restore Stays").click()
    expect(said(page, "Restored Stays")).to_be_visible()


def test_a_new_dataset_is_made_and_shown(cells: Page, served: Served) -> None:
    cells.keyboard.press("n")
    cells.get_by_label("Name", exact=True).fill("Fresh")
    cells.get_by_role("button", name="Make it").click()

    expect(cells.get_by_role("heading", name="Fresh", level=1)).to_be_visible()
    expect(cells.get_by_text("This dataset has no images")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_browse_screens_are_sound(
    browser: Browser, served: Served, signed_in: str, theme: str
) -> None:
    with looking(browser, signed_in, theme, WIDE) as page:

        def look(name: str) -> None:
            page.wait_for_timeout(400)
            check_sound(page, name, theme)

        page.goto(f"{served.address}/?facets=1")
        expect(page.get_by_role("button", name="OME-TIFF 1,000")).to_be_visible()
        page.get_by_role("gridcell").nth(1).click()
        expect(page.get_by_text("Key–values", exact=True).first).to_be_visible()
        look("browse-inspected")
        page.get_by_role("gridcell").nth(2).click(modifiers=["Control"])
        page.keyboard.press("m")
        expect(page.get_by_role("radio").first).to_be_visible()
        look("browse-move")
        page.keyboard.press("Escape")
        page.keyboard.press("t")
        expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()
        look("browse-tags")
        page.keyboard.press("Escape")
        page.keyboard.press("Delete")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        look("browse-delete")
        page.goto(f"{served.address}/?view=table&q=nothing+like+it")
        expect(page.get_by_text("The filter finds nothing here")).to_be_visible()
        look("browse-nothing")
        page.goto(f"{served.address}/trash")
        expect(page.get_by_role("heading", name="Trash", level=1)).to_be_visible()
        look("trash")
        page.goto(f"{served.address}/search?q=cell")
        expect(page.get_by_text("found").first).to_be_visible()
        look("search")


def test_the_browser_works_at_360_pixels(browser: Browser, served: Served, signed_in: str) -> None:
    with looking(browser, signed_in, "dark", NARROW) as page:
        for name, address in (("browse", "/?facets=1"), ("trash", "/trash"), ("found", "/search")):
            page.goto(served.address + address)
            expect(page.get_by_role("main")).to_be_visible()
            page.wait_for_timeout(500)

            check_sound(page, name, "dark")
        page.goto(f"{served.address}/?view=table&sort=-rating")
        expect(page.get_by_role("columnheader", name="Rating")).to_be_visible()
        shown = page.get_by_role("gridcell").first.get_by_text(re.compile(r"^cell \d+$"))
        expect(shown).to_be_visible()
        check_sound(page, "browse-sorted", "dark")
