import os
from pathlib import Path

import numpy as np
import pytest

from store.importing.scan import scan
from tests.images import make_image, write_ome, write_pages


def reasons(*paths: Path) -> dict[str, str]:
    return {left.path.name: left.reason for left in scan(paths).skipped}


def test_files_are_recognised_by_content_and_not_by_name(tmp_path: Path) -> None:
    image = write_pages(tmp_path / "image.jpg", make_image((1, 1, 1, 9, 7)))
    (tmp_path / "letter.tif").write_text("no image")
    result = scan([tmp_path])

    assert [found.master for found in result.filesets] == [image]
    assert reasons(tmp_path) == {"letter.tif": "not an image"}


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"SIMPLE  =", "FITS"),
        (b"SIS", "Olympus VSI or ETS"),
    ],
)
def test_formats_that_are_not_read_yet_are_named(start: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(start.ljust(200, b"\0"))

    assert reasons(tmp_path) == {"file": f"{name}: not read here; see `micrograph convert`"}


def test_files_that_cannot_be_images_have_their_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.tif").touch()
    (tmp_path / "damaged.tif").write_bytes(b"II*\0\xff\xff\xff\x7f")
    os.mkfifo(tmp_path / "pipe.tif")
    found = reasons(tmp_path, tmp_path / "nothing.tif")

    assert found["empty.tif"] == "empty file"
    assert found["damaged.tif"].startswith("damaged: ")
    assert found["pipe.tif"] == "neither a file nor a folder"
    assert found["nothing.tif"] == "no such file"


def test_hidden_and_system_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 9, 7))
    hidden = write_pages(tmp_path / ".hidden.tif", image)
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "@eaDir").mkdir()
    write_pages(tmp_path / "@eaDir" / "copy.tif", image)
    result = scan([tmp_path])

    assert (result.filesets, result.skipped) == ((), ())
    assert len(scan([hidden]).filesets) == 1


def test_folders_are_looked_into_as_deep_as_allowed(tmp_path: Path) -> None:
    folder = tmp_path
    for depth in range(4):
        folder = folder / f"deeper{depth}"
        folder.mkdir()
        write_pages(folder / "image.tif", make_image((1, 1, 1, 9, 7)))
    result = scan([tmp_path], max_depth=2)

    assert len(result.filesets) == 2
    assert [left.reason for left in result.skipped] == ["too many folders deep"]
    assert len(scan([tmp_path]).filesets) == 4


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    write_pages(tmp_path / "image.tif", make_image((1, 1, 1, 9, 7)))
    result = scan([tmp_path])

    assert len(result.filesets) == 1
    assert [left.reason for left in result.skipped] == ["a link to a folder"]


def test_a_file_named_twice_is_found_once(tmp_path: Path) -> None:
    path = write_ome(tmp_path / "a.ome.tif", make_image((1, 2, 1, 9, 7)))
    result = scan([path, tmp_path, path.parent / "." / path.name])

    assert [found.files for found in result.filesets] == [(path,)]
    assert result.filesets[0].format == "OME-TIFF"


def test_a_zarr_folder_is_one_thing(tmp_path: Path) -> None:
    (tmp_path / "image.zarr" / "0").mkdir(parents=True)
    (tmp_path / "image.zarr" / ".zattrs").write_text("{}")
    (tmp_path / "image.zarr" / "0" / "0.0").write_bytes(b"x")

    (found,) = scan([tmp_path]).filesets
    assert found.master == tmp_path / "image.zarr"


def test_a_file_that_refers_to_missing_metadata_is_damaged(tmp_path: Path) -> None:
    import tifffile

    text = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<BinaryOnly MetadataFile="away.companion.ome" UUID="urn:uuid:1"/></OME>'
    )
    path = tmp_path / "member.ome.tif"
    tifffile.imwrite(path, np.zeros((9, 7), np.uint8), description=text, metadata=None, ome=False)

    assert "away.companion.ome" in reasons(path)["member.ome.tif"]
