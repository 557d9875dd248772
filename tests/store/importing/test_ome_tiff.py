import shutil
import subprocess
import sys
import uuid
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile

from store import models
from store.errors import StoreError, UnreadableFileError, UnsupportedError
from store.importing.found import FoundFileset
from store.importing.readers import parse
from store.importing.scan import scan
from store.importing.tiff_pages import MAX_IFDS, ome_description, open_pages
from store.pixels.repository import Repository
from tests.images import (
    Image,
    make_image,
    open_images,
    parse_path,
    record_of,
    rows_of,
    values_of,
    write_ome,
    write_pages,
)

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
SIZES = {"T": 2, "C": 3, "Z": 4}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def xml(
    image: Image,
    tiff_data: str,
    order: str = "XYZCT",
    root: str = "",
    pixels: str = "",
    inside: str = "",
) -> str:
    t, c, z, y, x = image.shape
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{NAMESPACE}" {root}>'
        f'<Image ID="Image:0" Name="made"><Pixels ID="Pixels:0" DimensionOrder="{order}" '
        f'Type="{image.dtype.name}" SizeX="{x}" SizeY="{y}" SizeZ="{z}" SizeC="{c}" SizeT="{t}" '
        f"{pixels}>{inside}{tiff_data}</Pixels></Image></OME>"
    )


def write_planes(path: Path, planes: list[np.ndarray], description: str, **options: Any) -> Path:
    with tifffile.TiffWriter(path, ome=False) as writer:
        for number, plane in enumerate(planes):
            said = description.encode() if number == 0 else None
            writer.write(plane, description=said, metadata=None, **options)
    return path


def planes_in(order: str, image: Image) -> list[np.ndarray]:
    """The planes of an image in an order of dimensions, fastest first."""
    axes = {"T": 0, "C": 1, "Z": 2}
    slowest_first = [axes[axis] for axis in reversed(order[2:])]
    return list(image.transpose(*slowest_first, 3, 4).reshape(-1, *image.shape[3:]))


@pytest.mark.parametrize("rest", ["".join(rest) for rest in permutations("CTZ")])
@pytest.mark.parametrize("tiff_data", ["<TiffData/>", "", '<TiffData IFD="0" PlaneCount="24"/>'])
def test_every_order_of_dimensions(
    rest: str, tiff_data: str, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((2, 3, 4, 9, 7), np.uint8)
    text = xml(image, tiff_data, order=f"XY{rest}")
    path = write_planes(tmp_path / "a.ome.tif", planes_in(f"XY{rest}", image), text)
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)


def test_a_plane_may_come_from_any_page(tmp_path: Path, repository: Repository) -> None:
    image = make_image((1, 1, 4, 9, 7), np.uint8)
    places = [2, 0, 3, 1]
    data = "".join(f'<TiffData IFD="{ifd}" FirstZ="{z}"/>' for z, ifd in enumerate(places))
    pages: list[np.ndarray] = [image[0, 0, places.index(ifd)] for ifd in range(4)]
    path = write_planes(tmp_path / "a.ome.tif", pages, xml(image, data))
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)


def test_planes_that_were_never_written_are_zero(tmp_path: Path, repository: Repository) -> None:
    image = make_image((2, 1, 3, 9, 7), np.uint16)
    data = '<TiffData IFD="0" FirstZ="1" FirstT="1"/>'
    path = write_planes(tmp_path / "a.ome.tif", [image[1, 0, 1]], xml(image, data))
    (source,) = open_images(path, repository)
    got = values_of(source)

    np.testing.assert_array_equal(got[1, 0, 1], image[1, 0, 1])
    got[1, 0, 1] = 0
    assert not got.any()


def test_first_planes_counted_from_one_are_taken_as_from_zero(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 3, 9, 7), np.uint8)
    data = "".join(f'<TiffData IFD="{z}" FirstZ="{z + 1}"/>' for z in range(3))
    path = write_planes(tmp_path / "a.ome.tif", list(image[0, 0]), xml(image, data))
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)


def test_interleaved_samples_count_as_channels(tmp_path: Path, repository: Repository) -> None:
    image = make_image((2, 6, 1, 9, 7), np.uint8)
    channels = '<Channel ID="Channel:0:0" SamplesPerPixel="3"/>' * 2
    pages = [
        np.ascontiguousarray(image[t, 3 * group : 3 * group + 3, 0].transpose(1, 2, 0))
        for t in range(2)
        for group in range(2)
    ]
    text = xml(image, "<TiffData/>", inside=channels)
    path = write_planes(tmp_path / "a.ome.tif", pages, text, photometric="rgb")
    fileset = parse_path(path)
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)
    rows = rows_of(fileset, models.Channel)
    assert [row["samples_per_pixel"] for row in rows] == [3] * 6
    assert fileset.images[0].rgb


def test_smaller_versions_in_sub_pages_are_levels(tmp_path: Path, repository: Repository) -> None:
    image = make_image((1, 2, 1, 600, 700), np.uint16)
    path = tmp_path / "pyramid.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        options: dict[str, Any] = {"tile": (128, 128), "compression": "zlib"}
        writer.write(image[0, :, 0], subifds=2, metadata={"axes": "CYX"}, **options)
        for step in (2, 4):
            writer.write(image[0, :, 0, ::step, ::step], subfiletype=1, **options)
    (source,) = open_images(path, repository)

    assert [(level.width, level.height) for level in source.levels] == [
        (700, 600), (350, 300), (175, 150),
    ]  # fmt: skip
    for number, step in enumerate((1, 2, 4)):
        wanted = image[:, :, :, ::step, ::step]
        np.testing.assert_array_equal(values_of(source, number), wanted)


def multi_file(folder: Path, image: Image, companion: bool) -> list[Path]:
    """A set of one file for each channel; metadata in each of them, or in a companion."""
    folder.mkdir(exist_ok=True)
    names = [f"c{number}.ome.tif" for number in range(image.shape[1])]
    uuids = [f"urn:uuid:{uuid.UUID(int=number + 1)}" for number in range(len(names))]
    data = "".join(
        f'<TiffData IFD="0" FirstC="{number}" PlaneCount="{image.shape[2]}">'
        f'<UUID FileName="{name}">{uuids[number]}</UUID></TiffData>'
        for number, name in enumerate(names)
    )
    paths = []
    for number, name in enumerate(names):
        text = xml(image, data, root=f'UUID="{uuids[number]}"')
        if companion:
            text = (
                f'<OME xmlns="{NAMESPACE}" UUID="{uuids[number]}">'
                '<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:0"/></OME>'
            )
        paths.append(write_planes(folder / name, list(image[0, number]), text))
    if companion:
        paths.append(folder / "set.companion.ome")
        paths[-1].write_text(xml(image, data))
    return paths


@pytest.mark.parametrize("companion", [False, True])
def test_a_set_of_files_is_one_fileset_whichever_is_named_first(
    companion: bool, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 2, 9, 7), np.uint16)
    paths = multi_file(tmp_path / "set", image, companion)
    for path in paths:
        (source,) = open_images(path, repository)
        np.testing.assert_array_equal(values_of(source), image)
    result = scan([tmp_path / "set"])

    assert [set(found.files) for found in result.filesets] == [set(paths)]
    assert result.skipped == ()


def test_a_set_without_one_of_its_files_names_it(tmp_path: Path) -> None:
    paths = multi_file(tmp_path / "set", make_image((1, 3, 1, 9, 7), np.uint8), companion=False)
    paths[1].unlink()
    (found,) = scan([paths[0]]).filesets
    with pytest.raises(UnreadableFileError, match=paths[1].name):
        parse(found)


def test_a_foreign_file_of_a_member_s_name_is_refused(tmp_path: Path) -> None:
    image = make_image((1, 3, 1, 9, 7), np.uint8)
    paths = multi_file(tmp_path / "set", image, companion=False)
    secret = write_ome(tmp_path / "secret.ome.tif", image[:, :1])
    shutil.copy(secret, paths[1])
    result = scan([paths[0], paths[1]])

    assert paths[1] not in result.filesets[0].files
    with pytest.raises(UnreadableFileError, match="UUID differs"):
        parse(result.filesets[0])


@pytest.mark.parametrize(
    "name", ["../secret.ome.tif", "/etc/passwd", "sub/secret.ome.tif", "..", "a\\b.tif", ""]
)
@pytest.mark.parametrize("link", [False, True])
def test_a_name_that_leaves_the_folder_is_refused(name: str, link: bool, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "sub").mkdir(parents=True)
    image = make_image((1, 2, 1, 9, 7), np.uint8)
    secret = write_ome(tmp_path / "secret.ome.tif", image[:, :1])
    shutil.copy(secret, folder / "sub" / "secret.ome.tif")
    if link:
        (folder / "link.ome.tif").symlink_to(secret)
        name = "link.ome.tif"
    data = (
        '<TiffData IFD="0"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData>'
        f'<TiffData IFD="0" FirstC="1"><UUID FileName="{name}">urn:uuid:2</UUID></TiffData>'
    )
    text = xml(image, data, root='UUID="urn:uuid:1"')
    path = write_planes(folder / "a.ome.tif", [image[0, 0, 0]], text)
    (found,) = scan([path]).filesets
    if name == "":
        assert parse(found).files[0].path == path
        return
    with pytest.raises(UnreadableFileError, match="same folder"):
        parse(found)


def test_a_renamed_single_file_still_reads(tmp_path: Path, repository: Repository) -> None:
    image = make_image((1, 1, 2, 9, 7), np.uint8)
    data = (
        '<TiffData IFD="0" PlaneCount="2"><UUID FileName="old.ome.tif">urn:uuid:9</UUID></TiffData>'
    )
    path = write_planes(tmp_path / "new.ome.tif", list(image[0, 0]), xml(image, data))
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)


def test_vendor_ids_and_forbidden_values_are_tolerated(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    text = xml(
        image,
        "<TiffData/>",
        pixels='PhysicalSizeX="0" PhysicalSizeY="0.25" PhysicalSizeYUnit="furlong"',
        inside='<Channel ID="ch one" Name="DAPI" AcquisitionMode="Unheard" Color="-16776961"/>',
    ).replace('ID="Image:0"', 'ID="vendor 7"')
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", [image[0, 0, 0]], text))
    (channel,) = rows_of(parsed, models.Channel)
    (pixels,) = rows_of(parsed, models.Pixels)

    assert (parsed.images[0].name, channel["name"]) == ("made", "DAPI")
    assert (pixels["physical_size_x"], pixels["physical_size_y"]) == (None, 0.25)


def test_metadata_beyond_images_that_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    text = xml(image, "<TiffData/>").replace(
        "</Image>", "<AcquisitionDate>long ago</AcquisitionDate></Image>"
    )
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", [image[0, 0, 0]], text))
    (row,) = rows_of(parsed, models.Image)

    assert (row["name"], row["acquisition_date"]) == ("made", None)


def test_an_older_release_of_the_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    text = xml(image, "<TiffData/>", pixels='PhysicalSizeX="0.5"').replace("2016-06", "2013-06")
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", [image[0, 0, 0]], text))

    assert rows_of(parsed, models.Pixels)[0]["physical_size_x"] == 0.5


def test_a_document_without_a_type_is_read_with_that_of_its_pages(tmp_path: Path) -> None:
    image = make_image((1, 2, 1, 9, 7), np.uint8)
    text = xml(image, "<TiffData/>", inside='<Channel ID="Channel:0:0" Name="DAPI"/>')
    text = text.replace('Type="uint8"', 'Type="byte"').replace('SizeX="7"', 'SizeX="8"')
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", list(image[0, :, 0]), text))
    (pixels,) = rows_of(parsed, models.Pixels)

    assert (pixels["type"], pixels["size_x"]) == ("uint8", 7)
    assert [row["name"] for row in rows_of(parsed, models.Channel)] == ["DAPI", None]


def test_images_of_which_the_document_has_no_pixels_are_counted_all_the_same(
    tmp_path: Path,
) -> None:
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    text = xml(image, "<TiffData/>").replace("<Image", '<Image ID="Image:7" Name="gone"/><Image', 1)
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", [image[0, 0, 0]], text))

    assert [row["name"] for row in rows_of(parsed, models.Image)] == ["made"]


def test_channels_beyond_those_of_the_file_take_what_hangs_on_them_along(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    inside = (
        '<Channel ID="Channel:0:0" Name="A"/><Channel ID="Channel:0:1" Name="B">'
        '<DetectorSettings ID="Detector:0"/></Channel>'
    )
    instrument = '<Instrument ID="Instrument:0"><Detector ID="Detector:0"/></Instrument><Image'
    text = xml(image, "<TiffData/>", inside=inside).replace("<Image", instrument, 1)
    parsed = parse_path(write_planes(tmp_path / "a.ome.tif", [image[0, 0, 0]], text))

    assert [row["name"] for row in rows_of(parsed, models.Channel)] == ["A"]
    assert rows_of(parsed, models.DetectorSettings) == []


def test_neither_ome_tiff_nor_plain_tiff_need_ome_types(tmp_path: Path) -> None:
    image = make_image((1, 2, 1, 9, 7), np.uint8)
    older = xml(image, "<TiffData/>").replace("2016-06", "2013-06")
    paths = [
        write_ome(tmp_path / "a.ome.tif", image),
        write_planes(tmp_path / "b.ome.tif", list(image[0, :, 0]), older),
        write_pages(tmp_path / "c.tif", make_image((1, 1, 1, 9, 7), np.uint8)),
    ]
    program = """
import sys
from pathlib import Path
from store.importing.readers import parse
from store.importing.scan import scan
filesets = scan([Path(name) for name in sys.argv[1:]]).filesets
print(len([parse(found) for found in filesets]), "ome_types" in sys.modules)
"""
    command = [sys.executable, "-c", program, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["3", "False"]


HOSTILE_XML = {
    "no XML": "<OME Creator='x'",
    "another root": "<OMEX><OME/></OMEX>",
    "a document type": '<!DOCTYPE OME [<!ENTITY a "b">]><OME/>',
    "an external entity": '<!DOCTYPE OME [<!ENTITY a SYSTEM "file:///etc/passwd">]><OME>&a;</OME>',
    "deep nesting": "<OME>" + "<a>" * 100_000,
    "ten trillion planes": (
        '<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="1" SizeY="1" SizeZ="100000" SizeC="100000" SizeT="1000"><TiffData/>'
        "</Pixels></Image></OME>"
    ),
    "a negative size": (
        '<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="-1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1"><TiffData/></Pixels></Image></OME>'
    ),
    "an order that is none": (
        '<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="ABC" Type="uint8" '
        'SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1"><TiffData/></Pixels></Image></OME>'
    ),
    "a page that is missing": (
        '<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="7" SizeY="9" SizeZ="1" SizeC="1" SizeT="1"><TiffData IFD="5"/></Pixels></Image>'
        "</OME>"
    ),
    "no images": "<OME></OME>",
    "pixels inside": (
        '<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1"><BinData BigEndian="false" '
        'Length="4">AA==</BinData></Pixels></Image></OME>'
    ),
    "metadata in itself": '<OME><BinaryOnly MetadataFile="a.ome.tif" UUID="urn:uuid:1"/></OME>',
    "metadata elsewhere": '<OME><BinaryOnly MetadataFile="../b.ome" UUID="urn:uuid:1"/></OME>',
}


@pytest.mark.parametrize("name", HOSTILE_XML)
def test_xml_that_cannot_be_understood_is_a_typed_error(name: str, tmp_path: Path) -> None:
    text = HOSTILE_XML[name].replace("<OME>", f'<OME xmlns="{NAMESPACE}">')
    path = write_planes(tmp_path / "a.ome.tif", [np.zeros((9, 7), np.uint8)], text)
    result = scan([path])
    if result.skipped:
        assert result.skipped[0].reason
    with pytest.raises((UnreadableFileError, UnsupportedError)):
        parse(FoundFileset("OME-TIFF", path, (path,)))


def test_pages_of_other_sizes_than_their_image_are_an_error(tmp_path: Path) -> None:
    image = make_image((1, 1, 2, 9, 7), np.uint8)
    pages = [image[0, 0, 0], np.zeros((5, 5), np.uint8)]
    path = write_planes(tmp_path / "a.ome.tif", pages, xml(image, "<TiffData/>"))
    with pytest.raises(StoreError, match="other planes"):
        parse_path(path)


def test_a_changed_member_is_noticed_when_it_is_read(
    tmp_path: Path, repository: Repository
) -> None:
    paths = multi_file(tmp_path / "set", make_image((1, 2, 1, 9, 7), np.uint8), companion=False)
    fileset = parse_path(paths[0])
    source = repository.open(record_of(fileset, fileset.images[0]))
    paths[1].write_bytes(paths[1].read_bytes() + b"\0")
    with pytest.raises(UnreadableFileError, match="has changed"):
        values_of(source)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_a_description_is_found_without_the_other_tags(
    tmp_path: Path, byteorder: Literal["<", ">"], bigtiff: bool
) -> None:
    path = tmp_path / "image.ome.tif"
    planes = np.zeros((2, 8, 8), np.uint16)
    name = {"axes": "ZYX", "Name": "Zellkern µm 漢"}
    tifffile.imwrite(path, planes, byteorder=byteorder, bigtiff=bigtiff, ome=True, metadata=name)

    with open_pages(path) as pages:
        assert ome_description(path) == pages.description
    assert "漢" in (ome_description(path) or "")


def test_a_description_that_is_no_ome_xml_is_left_to_who_reads_all_tags(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "plain.tif", np.zeros((8, 8), np.uint8), description="notes")
    (tmp_path / "text.tif").write_bytes(b"no TIFF")

    assert ome_description(tmp_path / "plain.tif") is None
    assert ome_description(tmp_path / "text.tif") is None


def test_pages_in_a_circle_are_seen_at_the_first_look(tmp_path: Path) -> None:
    path = write_ome(tmp_path / "image.ome.tif", make_image((1, 1, 2, 8, 8)))
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        first, second = (page.offset for page in file.pages)
        entries = int.from_bytes(data[second : second + 2], "little")
    end = second + 2 + 12 * entries
    data[end : end + 4] = first.to_bytes(4, "little")
    path.write_bytes(data)

    (skipped,) = scan([path]).skipped
    assert skipped.reason == (
        f"damaged: image.ome.tif is damaged: its pages form a loop, or are more than {MAX_IFDS}"
    )
