import os
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile

from store.errors import InvalidInputError, UnreadableFileError, UnsupportedError
from store.pixels.codecs import Encoding
from store.pixels.files import FileHandles, identify
from store.pixels.index import PlaneChunks, pack, unpack
from store.pixels.repository import Repository
from store.pixels.source import ChunkBlockRecord, FileIdentity, Region
from tests.images import make_image, open_images, parse_path, record_of, write_pages


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def test_a_region_of_too_many_chunks_is_refused(tmp_path: Path, repository: Repository) -> None:
    image = make_image((1, 1, 1, 560, 560), np.uint8)
    path = write_pages(tmp_path / "small.tif", image, tile=(16, 16), compression="zlib")
    (source,) = open_images(path, repository)
    with pytest.raises(InvalidInputError, match="chunks"):
        source.read(0, 0, 0, 0, Region(0, 0, 560, 560))

    assert source.read(0, 0, 0, 0, Region(0, 0, 512, 512)).shape == (512, 512)


def test_a_region_of_too_many_bytes_is_refused(tmp_path: Path, repository: Repository) -> None:
    image = np.zeros((1, 1, 1, 10_000, 7_000), np.float32)
    path = write_pages(tmp_path / "large.tif", image, compression="zstd", rowsperstrip=500)
    (source,) = open_images(path, repository)
    with pytest.raises(InvalidInputError, match="MiB"):
        source.read(0, 0, 0, 0, Region(0, 0, 7_000, 10_000))

    assert source.read(0, 0, 0, 0, Region(0, 0, 7_000, 4_000)).shape == (4_000, 7_000)


def test_tiles_that_were_never_written_are_zero(tmp_path: Path, repository: Repository) -> None:
    image = make_image((1, 1, 1, 64, 64), np.uint16)
    path = write_pages(tmp_path / "sparse.tif", image, tile=(16, 16), compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as file:
        for name in ("TileOffsets", "TileByteCounts"):
            tag = file.pages.first.tags[name]
            tag.overwrite((0, 0, *tag.value[2:14], 0, 0))
    (source,) = open_images(path, repository)
    got = source.read(0, 0, 0, 0, Region(0, 0, 64, 64))

    assert not got[:16, :32].any()
    assert not got[48:, 32:].any()
    np.testing.assert_array_equal(got[16:48], image[0, 0, 0, 16:48])
    assert not source.read(0, 0, 0, 0, Region(3, 2, 5, 6)).any()


@pytest.mark.parametrize("change", ["missing", "longer", "touched", "a folder", "a pipe"])
def test_a_file_that_is_no_longer_what_was_imported(
    change: str, tmp_path: Path, repository: Repository
) -> None:
    path = write_pages(tmp_path / "image.tif", make_image((1, 1, 1, 20, 20)))
    (source,) = open_images(path, repository)
    if change == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    else:
        path.unlink()
        if change == "a folder":
            path.mkdir()
        elif change == "a pipe":
            os.mkfifo(path)
    with pytest.raises(UnreadableFileError) as caught:
        source.read(0, 0, 0, 0, Region(0, 0, 20, 20))

    assert caught.value.remedy
    assert caught.value.path == str(path)
    assert str(tmp_path) not in caught.value.message


def test_a_file_that_changes_while_it_is_open_is_noticed(
    tmp_path: Path, repository: Repository
) -> None:
    path = write_pages(tmp_path / "image.tif", make_image((2, 1, 1, 20, 20)))
    (source,) = open_images(path, repository)
    source.read(0, 0, 0, 0, Region(0, 0, 20, 20))
    with path.open("r+b") as stream:
        stream.write(b"II*\0changed")
    os.utime(path, ns=(1, 1))
    with pytest.raises(UnreadableFileError, match="has changed"):
        source.read(0, 1, 0, 0, Region(0, 0, 20, 20))


def test_few_files_stay_open(tmp_path: Path) -> None:
    files = []
    for number in range(20):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(bytes([number]) * 100)
        files.append(identify(path))
    handles = FileHandles(limit=4)
    got = [handles.read(file, 10, 5) for file in files * 2]

    assert got == [bytes([number]) * 5 for number in range(20)] * 2
    assert len(handles) == 4
    handles.close()
    assert len(handles) == 0


def test_many_threads_share_few_open_files(tmp_path: Path) -> None:
    files = []
    for number in range(10):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(bytes([number]) * 100)
        files.append(identify(path))
    handles = FileHandles(limit=2)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for step in range(200):
            number = (seed * 7 + step * 3) % 10
            if handles.read(files[number], step % 90, 10) != bytes([number]) * 10:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(handles) <= 2


@pytest.mark.parametrize(("offset", "length"), [(95, 10), (2**62, 1), (2**70, 1)])
def test_a_range_beyond_the_end_is_a_typed_error(offset: int, length: int, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(bytes(100))
    with pytest.raises(UnreadableFileError):
        FileHandles().read(identify(path), offset, length)


def test_a_reader_goes_from_range_to_range_and_from_file_to_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        path.write_bytes(path.name.encode() * 100)
    one, two = map(identify, paths)
    handles = FileHandles(limit=0)

    with handles.reader() as reader:
        got = [
            bytes(reader.read(file, offset, length))
            for file, offset, length in [(one, 0, 3), (one, 3, 200), (two, 1, 5), (one, 0, 0)]
        ]
        kept_open = len(handles)

    assert got == [b"one", b"one" * 66 + b"on", b"wotwo", b""]
    assert kept_open == 1
    assert len(handles) == 0


def test_a_reader_refuses_a_file_that_changed_before_its_first_range(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"one")
    file, handles = identify(path), FileHandles()
    handles.read(file, 0, 3)
    os.utime(path, ns=(1, 1))

    with handles.reader() as reader:
        for _ in range(2):
            with pytest.raises(UnreadableFileError, match="changed"):
                reader.read(file, 0, 3)

    assert len(handles) == 0


def test_a_folder_has_no_identity(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        identify(tmp_path)
    with pytest.raises(UnreadableFileError):
        identify(tmp_path / "nothing")


def test_pixels_of_another_reader_are_refused(tmp_path: Path, repository: Repository) -> None:
    fileset = parse_path(write_pages(tmp_path / "image.tif", make_image((1, 1, 1, 20, 20))))
    record = record_of(fileset, fileset.images[0])
    for storage in ({"reader": "other", "version": 1}, {"reader": "tiff", "version": 99}):
        object.__setattr__(record, "storage", storage)
        with pytest.raises(UnsupportedError):
            repository.open(record)


def test_an_index_of_other_planes_is_refused(tmp_path: Path, repository: Repository) -> None:
    fileset = parse_path(write_pages(tmp_path / "image.tif", make_image((3, 1, 1, 20, 20))))
    record = record_of(fileset, fileset.images[0])
    block = record.load_block(0, 0)
    object.__setattr__(block, "first_plane", 1)
    object.__setattr__(record, "load_block", lambda level, plane: block)
    with pytest.raises(UnreadableFileError, match="does not hold"):
        repository.open(record).read(0, 0, 0, 0, Region(0, 0, 1, 1))


def test_samples_stored_one_by_one_are_refused_with_what_to_do(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 1, 600, 700), np.uint16)
    fileset = parse_path(write_pages(tmp_path / "image.tif", image))
    record = record_of(fileset, fileset.images[0])
    start = int(unpack(record.load_block(0, 0).data).plane(0).offsets[0])
    offsets = np.uint64(start) + np.arange(image.size, dtype=np.uint64) * np.uint64(2)
    chunks = PlaneChunks(0, 0, 0, offsets, np.full(image.size, 2, np.uint64))
    block = ChunkBlockRecord(0, 1, pack([chunks]))
    encoding = Encoding(compression=1, dtype="u2", bits=16, rows=1, width=1, tiled=True)
    level = {**record.storage["levels"][0], "encodings": [encoding.to_json()]}
    object.__setattr__(record, "storage", {**record.storage, "levels": [level]})
    object.__setattr__(record, "load_block", lambda level, plane: block)
    source = repository.open(record)
    for number in (0, 1):
        with pytest.raises(UnsupportedError, match="Convert"):
            source.read(number, 0, 0, 0, Region(0, 0, 64, 64))

    few = source.read(0, 0, 0, 0, Region(5, 6, 20, 30))
    np.testing.assert_array_equal(few, image[0, 0, 0, 6:36, 5:25])


def test_closing_a_repository_leaves_its_sources_working(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 1, 20, 20))
    (source,) = open_images(write_pages(tmp_path / "image.tif", image), repository)
    repository.close()

    np.testing.assert_array_equal(source.read(0, 0, 0, 0, Region(0, 0, 20, 20)), image[0, 0, 0])


def test_an_identity_is_a_key() -> None:
    assert FileIdentity("/a", 1, 2) == FileIdentity("/a", 1, 2)
    assert len({FileIdentity("/a", 1, 2), FileIdentity("/a", 1, 3)}) == 2
