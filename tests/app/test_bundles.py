import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.bundles import import_one_bundle, split_bundles
from app.exported import export_things
from render.forms import settings_from
from store.edits.bundles import ImportedBundle
from store.edits.rendering import Saving, save
from store.errors import ConflictError, StoreError, UnreadableFileError
from tests.app.exported import (
    DATA,
    RICH,
    World,
    document_of,
    imported,
    needs_data,
    samples_of,
    write_rich,
)
from tests.images import make_image, write_pages, write_rgb
from tests.ome_equivalence import differences

DESCRIBED = RICH.replace("<TiffData/>", "<MetadataOnly/>")
"""A document whose samples are nowhere."""


@pytest.fixture
def study(world: World, tmp_path: Path) -> list[int]:
    """A project with a rich image, a plain one, and colours."""
    paths = [write_rich(tmp_path / "rich.ome.tif")]
    paths.append(write_pages(tmp_path / "plain.tif", make_image((2, 1, 1, 60, 80))))
    paths.append(write_rgb(tmp_path / "colours.tif", make_image((1, 3, 1, 60, 80), "uint8")))
    return imported(*world, *paths, dataset="cells", project="mitosis")


def bundled(world: World, root: tuple[str, int], output: Path) -> Path:
    export_things(*world, [root], "bundle", {}, output, lambda _: None)
    return output


def brought(world: World, path: Path) -> ImportedBundle:
    return import_one_bundle(*world, path)


def equal(one: World, other: World, *roots: tuple[str, int]) -> None:
    first, second = (document_of(*world, roots) for world in (one, other))
    assert differences(first, second) == []


@pytest.mark.parametrize("name", ["study", "study.zip"])
def test_a_project_comes_back_as_an_equal_graph(
    world: World, other: World, study: list[int], tmp_path: Path, name: str
) -> None:
    path = bundled(world, ("Project", 1), tmp_path / name)

    made = brought(other, path)

    assert made.notes == ()
    equal(world, other, ("Project", 1))
    for one, another in zip(study, made.image_ids, strict=True):
        assert np.array_equal(samples_of(world, one), samples_of(other, another))


def test_rendering_settings_come_back(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    micrograph, viewer = world
    form = {
        "channels": [
            {"active": True, "color": "FF00FFFF", "window": [3, 77]},
            {"active": False, "color": "00FF00FF", "window": [0, 9], "inverted": True},
        ],
        "model": "rgb",
    }
    with micrograph.database.writing() as session:
        save(session, viewer, [
            Saving(study[0], settings_from(form), default_z=2, projection="max:1-3"),
            Saving(study[0], settings_from(form | {"model": "greyscale"}), "for print"),
        ])  # fmt: skip

    made = brought(other, bundled(world, ("Project", 1), tmp_path / "study.zip"))

    seen = []
    for (one, person), image in ((world, study[0]), (other, made.image_ids[0])):
        with one.database.reading() as session:
            opened = one.images.find(session, person, image)
        seen.append((opened.settings.form(), opened.view))
    assert seen[0] == seen[1]
    assert seen[0][0]["channels"][0]["window"] == [3.0, 77.0]


def test_importing_a_bundle_again_does_nothing(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    path = bundled(world, ("Project", 1), tmp_path / "study.zip")
    first = brought(other, path)

    again = brought(other, path)

    assert (again.already, again.image_ids) == (True, first.image_ids)
    equal(world, other, ("Project", 1))


@needs_data
@pytest.mark.slow
def test_a_plate_comes_back_as_an_equal_graph(world: World, other: World, tmp_path: Path) -> None:
    imported(*world, DATA / "images" / "bf-generated" / "spw-1plate-3x4-2fields-2c.ome.tiff")

    made = brought(other, bundled(world, ("Plate", 1), tmp_path / "plate.zip"))

    assert len(made.image_ids) == 24
    equal(world, other, ("Plate", 1))


def test_a_folder_that_is_an_image_comes_back_whole(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    export_things(
        *world, [("Image", study[0])], "ome-zarr", {}, tmp_path / "rich.ome.zarr", lambda _: None
    )
    (image,) = imported(*world, tmp_path / "rich.ome.zarr")
    assert np.array_equal(samples_of(world, image), samples_of(world, study[0]))

    made = brought(other, bundled(world, ("Image", image), tmp_path / "zarr.zip"))

    assert np.array_equal(samples_of(other, made.image_ids[0]), samples_of(world, study[0]))


@needs_data
def test_one_image_of_several_in_a_file_comes_back_alone(
    world: World, other: World, tmp_path: Path
) -> None:
    images = imported(*world, DATA / "images" / "bf-generated" / "multiseries-3.ome.tiff")

    made = brought(other, bundled(world, ("Image", images[1]), tmp_path / "one.zip"))

    (back,) = made.image_ids
    assert np.array_equal(samples_of(world, images[1]), samples_of(other, back))
    first = document_of(*world, [("Image", images[1])])
    assert differences(first, document_of(*other, [("Image", back)])) == []


def test_a_study_without_samples_comes_back_as_an_equal_graph(
    world: World, other: World, tmp_path: Path
) -> None:
    (tmp_path / "study.ome.xml").write_text(DESCRIBED)
    images = imported(*world, tmp_path / "study.ome.xml")
    assert images
    roots = [("Image", image) for image in images]
    export_things(*world, roots, "bundle", {}, tmp_path / "b.zip", lambda _: None)

    made = brought(other, tmp_path / "b.zip")

    first = document_of(*world, roots)
    second = document_of(*other, [("Image", image) for image in made.image_ids])
    assert differences(first, second) == []


def test_images_with_and_without_samples_come_back_together(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    (tmp_path / "study.ome.xml").write_text(DESCRIBED)
    described = imported(*world, tmp_path / "study.ome.xml")
    assert described
    roots = [("Image", image) for image in (*study, *described)]
    export_things(*world, roots, "bundle", {}, tmp_path / "b.zip", lambda _: None)

    made = brought(other, tmp_path / "b.zip")

    first = document_of(*world, roots)
    second = document_of(*other, [("Image", image) for image in made.image_ids])
    assert differences(first, second) == []


def test_a_bundle_is_described_as_a_research_object(
    world: World, study: list[int], tmp_path: Path
) -> None:
    folder = bundled(world, ("Project", 1), tmp_path / "study")

    said = json.loads((folder / "ro-crate-metadata.json").read_text())
    graph: dict[str, Any] = {one["@id"]: one for one in said["@graph"]}
    assert len(graph) == len(said["@graph"])
    assert graph["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    files = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    } - {"ro-crate-metadata.json"}
    assert {key for key, one in graph.items() if one["@type"] == "File"} == files
    for name in files:
        content = (folder / name).read_bytes()
        assert graph[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert graph[name]["contentSize"] == str(len(content))
    for one in graph.values():
        for part in (*one.get("hasPart", ()), *one.get("mentions", ())):
            assert part["@id"] in graph
    image = graph[f"#Image:{study[0]}"]
    assert image["keywords"] == "mitosis"
    assert {"@type": "PropertyValue", "name": "dose", "value": "3 µM"} in image[
        "additionalProperty"
    ]


def test_a_bundle_is_told_from_other_files(world: World, study: list[int], tmp_path: Path) -> None:
    path = bundled(world, ("Project", 1), tmp_path / "study.zip")
    folder = bundled(world, ("Project", 1), tmp_path / "study")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")

    found = split_bundles([path, folder, tmp_path / "other.zip", tmp_path / "plain.tif", tmp_path])

    assert found == ((path, folder), (tmp_path / "other.zip", tmp_path / "plain.tif", tmp_path))


def rewritten(path: Path, changes: dict[str, bytes]) -> Path:
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
    return target


def test_a_bundle_that_is_not_as_it_was_exported_is_refused_and_nothing_is_written(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    path = bundled(world, ("Project", 1), tmp_path / "study.zip")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("micrograph.json"))
        plain = archive.read("files/2/plain.tif")

    def changed(*place: Any, to: Any) -> bytes:
        copy = json.loads(json.dumps(manifest))
        at = copy
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = to
        return json.dumps(copy).encode()

    file = ("filesets", 1, "files", 0)
    for name, content in (
        ("files/2/plain.tif", plain[:-1] + b"x"),
        ("files/2/plain.tif", plain + b"x"),
        ("metadata.ome.xml", b"<OME/>"),
        ("micrograph.json", b"{"),
        ("micrograph.json", b"[]"),
        ("micrograph.json", changed("micrograph", to=2)),
        ("micrograph.json", changed(*file, "path", to="../../evil.tif")),
        ("micrograph.json", changed(*file, "path", to="/etc/passwd")),
        ("micrograph.json", changed(*file, "path", to="missing.tif")),
        ("micrograph.json", changed(*file, "size", to=3)),
        ("micrograph.json", changed("filesets", 1, "images", 0, "series", to=9)),
    ):
        with pytest.raises(StoreError) as caught:
            brought(other, rewritten(path, {name: content}))
        assert caught.value.remedy
    (one, person) = other
    assert list((one.settings.data / "bundles").glob(".*")) == []
    with pytest.raises(StoreError):
        document_of(one, person, [("Project", 1)])


def test_a_file_of_a_folder_that_leads_out_of_it_is_refused(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    folder = bundled(world, ("Project", 1), tmp_path / "study")
    inside = folder / "files" / "2" / "plain.tif"
    inside.unlink()
    inside.symlink_to(tmp_path / "plain.tif")

    with pytest.raises(UnreadableFileError, match="is not in it"):
        brought(other, folder)


def test_files_that_are_registered_already_in_part_are_a_conflict(
    world: World, other: World, study: list[int], tmp_path: Path
) -> None:
    folder = bundled(world, ("Project", 1), tmp_path / "study")
    imported(*other, folder / "files" / "2" / "plain.tif")

    with pytest.raises(ConflictError, match="Some files"):
        brought(other, folder)


def test_a_bundle_needs_its_original_files(world: World, study: list[int], tmp_path: Path) -> None:
    (tmp_path / "plain.tif").unlink()

    with pytest.raises(UnreadableFileError, match=r"plain\.tif is not there"):
        bundled(world, ("Project", 1), tmp_path / "study.zip")

    assert not (tmp_path / "study.zip").exists()
