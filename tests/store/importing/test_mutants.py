"""Thousands of damaged TIFF files: each is readable or a typed error, and nothing else happens."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import psutil  # type: ignore[import-untyped]  # it publishes no types
import pytest
import tifffile

from store.errors import StoreError
from store.importing.found import FoundFileset
from store.importing.parsed import ParsedFileset
from store.importing.sandbox import Sandbox
from tests.images import make_image, write_imagej, write_ome, write_pages, write_rgb

DATA = Path(
    os.environ.get("MICROGRAPH_TEST_DATA") or Path(__file__).parents[3].parent / "shared" / "data"
)
MUTANTS = int(os.environ.get("MICROGRAPH_MUTANTS", "2000"))
AT_ONCE = 250
LARGEST_SEED = 100_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(children=2) as found:
        yield found


def seeds(folder: Path) -> list[bytes]:
    """Sound files: some made here, and the small ones among real ones where there are any."""
    small = make_image((1, 2, 2, 12, 10), np.uint16)
    colours = make_image((1, 3, 1, 20, 18), np.uint8)
    tiled = folder / "tiled.tif"
    options: dict[str, Any] = {
        "tile": (16, 16),
        "compression": "zlib",
        "predictor": True,
        "metadata": None,
    }
    tifffile.imwrite(tiled, make_image((1, 1, 1, 40, 40))[0, 0, 0], **options)
    pyramid = folder / "pyramid.ome.tif"
    with tifffile.TiffWriter(pyramid, ome=True) as writer:
        plane = make_image((1, 1, 1, 64, 64), np.uint8)[0, 0, 0]
        writer.write(plane, subifds=1, tile=(32, 32))
        writer.write(plane[::2, ::2], subfiletype=1, tile=(32, 32))
    made = [
        write_ome(folder / "a.ome.tif", small),
        write_ome(folder / "b.ome.tif", small, bigtiff=True, byteorder=">"),
        write_imagej(folder / "c.tif", small),
        write_rgb(folder / "d.tif", colours, compression="lzw", rowsperstrip=4),
        write_rgb(folder / "e.tif", colours, compression="jpeg", tile=(16, 16)),
        write_pages(folder / "f.tif", make_image((9, 1, 1, 9, 7))),
        tiled,
        pyramid,
    ]
    real = sorted((DATA / "images").rglob("*.tif*")) if DATA.is_dir() else []
    small_real = [path for path in real if path.stat().st_size < LARGEST_SEED]
    return [path.read_bytes() for path in (*made, *small_real)]


def mutant(seed: bytes, chance: random.Random) -> bytes:
    """A file with some bytes changed, most of them where its structure is, and sometimes cut."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 2, 4, 8, 32))):
        span = chance.choice((16, 512, 4096, len(data)))
        place = chance.randrange(min(span, len(data)))
        data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    if chance.random() < 0.2:
        del data[chance.randrange(len(data)) :]
    if chance.random() < 0.1:
        place = chance.randrange(len(data) + 1)
        data[place:place] = chance.randbytes(chance.randrange(1, 64))
    return bytes(data)


def mutants(folder: Path, count: int) -> Iterator[list[Path]]:
    """Damaged files, some at a time; each set is removed before the next is made."""
    chance = random.Random(20260201)
    sound = seeds(folder)
    for start in range(0, count, AT_ONCE):
        paths = [folder / f"m{number}.tif" for number in range(start, start + AT_ONCE)]
        for path in paths:
            path.write_bytes(mutant(chance.choice(sound), chance))
        yield paths
        for path in paths:
            path.unlink()


@pytest.mark.slow
def test_every_mutant_is_readable_or_a_typed_error(tmp_path: Path) -> None:
    me = psutil.Process()
    others = set(me.children(recursive=True))  # of other tests, such as a database server
    outcomes: Counter[str] = Counter()
    sizes: list[int] = []
    with Sandbox(children=2) as sandbox:
        for paths in mutants(tmp_path, MUTANTS):
            looked = sandbox.scan(paths)
            assert all(left.reason for left in looked.skipped)
            # Also what a look refuses: parsing has to hold by itself.
            founds = [FoundFileset("TIFF", path, (path,)) for path in paths]
            for found, result in zip(founds, sandbox.parsed(founds), strict=True):
                assert isinstance(result, ParsedFileset | StoreError)
                if isinstance(result, StoreError):
                    assert result.message.endswith(".")
                    assert str(found.master.parent) not in result.message
                    outcomes[result.code] += 1
                    outcomes["crash"] += "crash" in result.message
                    outcomes["slow"] += "longer than the" in result.message
                else:
                    outcomes["readable"] += 1
            sizes.append(me.memory_info().rss)
    print(f"\n{dict(outcomes)}, memory in MB: {[size >> 20 for size in sizes]}")

    assert (
        outcomes["readable"]
        + sum(outcomes[code] for code in ("unreadable_file", "unsupported", "invalid_input"))
        == MUTANTS
    )
    assert outcomes["readable"] > MUTANTS // 20
    assert outcomes["unreadable_file"] > MUTANTS // 20
    assert sizes[-1] < sizes[0] * 1.1 + 2**24
    assert set(me.children(recursive=True)) <= others


def bombs() -> dict[str, bytes]:
    """OME-XML and pages that claim what no file has, or ask for what no file may."""
    namespace = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    head = f'<OME xmlns="{namespace}">'
    pixels = '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="4" SizeY="4"'
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    texts = {
        "laughs": f'<!DOCTYPE OME [<!ENTITY a0 "lol">{entities}]><OME>&a9;</OME>',
        "file": '<!DOCTYPE OME [<!ENTITY a SYSTEM "file:///etc/passwd">]><OME>&a;</OME>',
        "network": '<!DOCTYPE OME SYSTEM "http://127.0.0.1:1/x.dtd"><OME/>',
        "parameter": '<!DOCTYPE OME [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><OME/>',
        "deep": head + "<a>" * 100_000,
        "deep annotations": head + "<StructuredAnnotations>" + "<XMLAnnotation>" * 50_000,
        "planes": f'{head}<Image ID="Image:0">{pixels} SizeZ="100000" SizeC="100000" SizeT="1000">'
                  "<TiffData/></Pixels></Image></OME>",
        "million": f'{head}<Image ID="Image:0">{pixels} SizeZ="1" SizeC="1000000" SizeT="1">'
                   "<TiffData/></Pixels></Image></OME>",
        "attributes": f"{head}<Image {' '.join(f'a{n}="1"' for n in range(100_000))}/></OME>",
        "images": head + "<Image/>" * 300_000 + "</OME>",
        "samples": f'{head}<Image ID="Image:0">{pixels} SizeZ="1" SizeC="1" SizeT="1">'
                   '<Channel ID="Channel:0" SamplesPerPixel="2000000000"/><TiffData/></Pixels>'
                   "</Image></OME>",
        "include": head + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
                          ' href="file:///etc/passwd" parse="text"/></OME>',
    }  # fmt: skip
    return {name: text.encode() for name, text in texts.items()}


def test_hostile_documents_in_files_end_soon(tmp_path: Path, sandbox: Sandbox) -> None:
    founds = []
    for name, text in bombs().items():
        path = tmp_path / f"{name}.ome.tif"
        with tifffile.TiffWriter(path, ome=False) as writer:
            writer.write(np.zeros((4, 4), np.uint8), description=text, metadata=None)
        founds.append(FoundFileset("OME-TIFF", path, (path,)))
    stored = bytes(imagecodecs.zlib_encode(bytes(2**24), level=9))
    path = tmp_path / "plain bomb.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + stored)
    founds.append(FoundFileset("TIFF", path, (path,)))
    results = list(sandbox.parsed(founds))
    sandbox.scan([tmp_path])

    for found, result in zip(founds, results, strict=True):
        if isinstance(result, StoreError):
            assert "crash" not in result.message, found.master.name
            assert "longer than the" not in result.message, found.master.name
            assert "root:" not in result.message
        else:
            assert found.master.stem in ("samples.ome", "include.ome", "million.ome")
    assert sum(isinstance(result, StoreError) for result in results) >= 10


@pytest.mark.parametrize("form", ["beside", "../", "absolute", "symlink", "folder link"])
def test_a_file_that_refers_to_another_s_reads_nothing_of_it(
    form: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """The other file even carries the UUID that the reference names."""
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    image = make_image((1, 1, 1, 9, 7), np.uint8)
    secret = document('UUID="urn:uuid:2"', "<TiffData/>", 1)
    place = mine if form == "beside" else other
    write_described(place / "secret.ome.tif", image[0, 0], secret)
    names = {
        "beside": "secret.ome.tif",
        "../": "../other/secret.ome.tif",
        "absolute": str(other / "secret.ome.tif"),
        "symlink": "link.ome.tif",
        "folder link": "link/secret.ome.tif",
    }
    if form == "symlink":
        (mine / "link.ome.tif").symlink_to(other / "secret.ome.tif")
    if form == "folder link":
        (mine / "link").symlink_to(other)
    data = (
        '<TiffData IFD="0"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData>'
        f'<TiffData IFD="0" FirstC="1"><UUID FileName="{names[form]}">urn:uuid:2</UUID></TiffData>'
    )
    path = mine / "a.ome.tif"
    write_described(path, image[0, 0], document('UUID="urn:uuid:1"', data, 2))
    # As if the secret were no part of what this person imports.
    (result,) = sandbox.parsed([FoundFileset("OME-TIFF", path, (path,))])

    if isinstance(result, ParsedFileset):
        assert [file.path for file in result.files] == [path]
    else:
        assert result.code == "unreadable_file"


def document(root: str, tiff_data: str, channels: int) -> str:
    return (
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" {root}>'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="7"'
        f' SizeY="9" SizeZ="1" SizeC="{channels}" SizeT="1">{tiff_data}</Pixels></Image></OME>'
    )


def write_described(path: Path, planes: np.ndarray, text: str) -> None:
    with tifffile.TiffWriter(path, ome=False) as writer:
        for number, plane in enumerate(planes):
            said = text.encode() if number == 0 else None
            writer.write(plane, description=said, metadata=None)
