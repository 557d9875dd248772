"""Projects of Leica in XML become images of the files that they name, and of no others."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest

from store import models
from store.errors import UnreadableFileError, UnsupportedError
from store.importing.readers import parse
from store.importing.sandbox import Sandbox
from store.importing.scan import scan
from store.pixels.repository import Repository
from tests.images import make_image, open_images, parse_path, values_of
from tests.xlef_writer import write_xlef

IMAGE = make_image((2, 2, 3, 9, 7))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def left_out(path: Path) -> str:
    (skipped,) = scan([path]).skipped
    assert scan([path]).filesets == ()
    return skipped.reason


@pytest.mark.parametrize("samples", ["lof", "pages", "files", "png"])
def test_a_folder_of_a_project_is_one_fileset_of_all_files_that_it_names(
    tmp_path: Path, samples: Any
) -> None:
    write_xlef(tmp_path / "a.xlef", IMAGE, samples)

    result = scan([tmp_path])

    (found,) = result.filesets
    assert result.skipped == ()
    assert found.master.name == "a.xlef"
    assert set(found.files) == {path for path in tmp_path.rglob("*") if path.is_file()}


def test_an_image_has_the_names_of_its_collections_and_what_its_xml_says(tmp_path: Path) -> None:
    fileset = parse_path(write_xlef(tmp_path / "a.xlef", IMAGE))
    document = fileset.document

    assert [image.name for image in fileset.images] == ["a.xlef [Set/cells]"]
    assert document is not None
    assert [one["name"] for one in document.of(models.Channel)] == ["FITC", None]
    assert document.of(models.Objective)[0]["nominal_magnification"] == 63
    assert document.of(models.Pixels)[0]["physical_size_x"] == pytest.approx(0.1)
    assert len(document.of(models.Plane)) == 12


def test_an_image_of_a_project_is_read_on_its_own(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE, "pages")
    image = path.parent / "made of" / "cells.xlif"
    (source,) = open_images(image, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source), IMAGE)
    assert [one.name for one in parse_path(image).images] == ["cells.xlif [cells]"]


@pytest.mark.parametrize("samples", ["lof", "files", "png"])
def test_a_child_that_sees_the_files_of_the_project_alone_reads_it(
    tmp_path: Path, samples: Any
) -> None:
    found = scan([write_xlef(tmp_path / "a.xlef", IMAGE, samples)]).filesets

    with Sandbox(children=1) as sandbox:
        (parsed,) = sandbox.parsed(found)

    assert parsed == parse(found[0])


@pytest.mark.parametrize(
    "name", ["../elsewhere.xlif", "..\\..\\elsewhere.xlif", "/etc/hostname", "C:\\cells.xlif"]
)
def test_files_outside_the_folder_of_the_project_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    path = write_xlef(folder / "a.xlef", IMAGE)
    change(path, r"made%20of\Set.xlcf", name)

    assert "which is not in the folder of a.xlef" in left_out(path)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    path = write_xlef(folder / "a.xlef", IMAGE)
    inside = folder / "made of" / "cells.lof"
    inside.rename(tmp_path / "cells.lof")
    inside.symlink_to(tmp_path / "cells.lof")

    assert "leads out of it by a link" in left_out(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE)
    (tmp_path / "made of" / "cells.lof").unlink()

    assert left_out(path) == "damaged: a.xlef names the file cells.lof, which is not there"


def test_files_that_name_each_other_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE)
    change(tmp_path / "made of" / "Set.xlcf", "cells.xlif", "../a.xlef")

    with pytest.raises(UnsupportedError, match="names no images"):
        parse_path(path)


def test_samples_of_other_sizes_are_refused(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE, "files")
    change(tmp_path / "made of" / "cells.xlif", 'NumberOfElements="7"', 'NumberOfElements="6"')

    with pytest.raises(UnreadableFileError):
        parse_path(path)


@pytest.mark.parametrize("colours", [False, True])
def test_samples_in_jpegs_are_read(tmp_path: Path, colours: bool) -> None:
    flat = np.broadcast_to(np.array([[[40]], [[90]], [[200]]], np.uint8), (3, 16, 24))
    image = np.stack([flat, flat[::-1]])[:, :, np.newaxis]
    path = write_xlef(tmp_path / "a.xlef", image, "jpg", colours=colours)

    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_allclose(values_of(source), image, atol=1)


def test_a_picture_of_another_kind_than_its_project_says_is_refused(tmp_path: Path) -> None:
    image = make_image((2, 3, 1, 9, 8), np.uint8)
    path = write_xlef(tmp_path / "a.xlef", image, "png")
    folder = tmp_path / "made of"
    colours = imagecodecs.png_encode(np.zeros((9, 8, 3), np.uint8))

    (folder / "cells_2.png").write_bytes(colours)
    with pytest.raises(UnsupportedError, match=r"cells_2\.png has 3 samples .* says 1 of u1"):
        parse_path(path)

    (folder / "cells_2.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableFileError, match=r"cells_2\.png is no PNG, JPEG or BMP"):
        parse_path(path)


def test_a_picture_has_one_plane(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", make_image((2, 1, 1, 9, 8), np.uint8), "png")
    xlif = tmp_path / "made of" / "cells.xlif"
    change(xlif, '<Frame File="cells_1.png" Offset="72" Size="72" UUID="w"/>', "")
    change(xlif, 'Offset="0" Size="72"', 'Offset="0" Size="144"')

    with pytest.raises(UnreadableFileError, match="has one plane, not several"):
        parse_path(path)


def test_samples_in_files_of_other_kinds_are_refused_in_words(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE)
    (tmp_path / "made of" / "cells.lof").rename(tmp_path / "made of" / "cells.raw")
    change(tmp_path / "made of" / "cells.xlif", "cells.lof", "cells.raw")

    with pytest.raises(UnsupportedError, match="LOF, TIFF, PNG, JPEG or BMP"):
        parse_path(path)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = write_xlef(tmp_path / "a.xlef", IMAGE)
    path.write_text('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + path.read_text())

    assert "document type" in left_out(path)
