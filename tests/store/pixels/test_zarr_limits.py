"""Zarr arrays and archives that are damaged or hostile: a typed error, soon, in little memory."""

import contextlib
import io
import json
import random
import struct
import tempfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numcodecs
import numpy as np
import pytest
from zarr.codecs import Crc32cCodec, TransposeCodec, ZstdCodec

from store.errors import InvalidInputError, StoreError, UnreadableFileError, UnsupportedError
from store.pixels import beneath
from store.pixels.beneath import is_key, open_beneath
from store.pixels.repository import Repository
from store.pixels.source import PixelSource, Region
from store.pixels.zip_index import read_index
from tests.images import make_image, open_images, parse_path, record_of, values_of
from tests.zarrs import write_archive, write_zarr

IMAGE = make_image((1, 2, 1, 64, 64), np.uint16)
WHOLE = Region(0, 0, 64, 64)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def opened(path: Path, repository: Repository) -> PixelSource:
    (source,) = open_images(path, repository)
    return source


def claimed(path: Path, **changes: Any) -> Path:
    """An image whose array says something else than it was."""
    document = write_zarr(path, IMAGE, "cyx", chunks=(1, 64, 64)) / "0" / ".zarray"
    document.write_text(json.dumps(json.loads(document.read_text()) | changes))
    return path


def test_chunks_of_single_pixels_are_refused_with_what_to_do(
    tmp_path: Path, repository: Repository
) -> None:
    path = claimed(tmp_path / "a.zarr", shape=[1, 4096, 4096], chunks=[1, 1, 1])
    source = opened(path, repository)

    with pytest.raises(UnsupportedError, match=r"pieces of 1 x 1 pixels.*tiles of 256 x 256"):
        source.read(0, 0, 0, 0, Region(0, 0, 256, 256))


def test_too_many_chunks_at_once_are_refused(tmp_path: Path, repository: Repository) -> None:
    path = claimed(tmp_path / "a.zarr", shape=[1, 65536, 65536], chunks=[1, 64, 64])
    source = opened(path, repository)

    with pytest.raises(InvalidInputError, match="more than 1024 stored chunks"):
        source.read(0, 0, 0, 0, Region(0, 0, 65536, 65536))


def test_too_many_bytes_at_once_are_refused(tmp_path: Path, repository: Repository) -> None:
    path = claimed(tmp_path / "a.zarr", shape=[1, 16384, 16384], chunks=[1, 8192, 8192])
    source = opened(path, repository)

    with pytest.raises(InvalidInputError, match="4 stored chunks of 512 MiB together"):
        source.read(0, 0, 0, 0, Region(8000, 8000, 400, 400))


BOMBS: dict[str, tuple[dict[str, Any], Callable[[bytes], bytes]]] = {
    "zstd": ({"id": "zstd"}, lambda data: bytes(imagecodecs.zstd_encode(data))),
    "zlib": ({"id": "zlib"}, zlib.compress),
    "gzip": ({"id": "gzip"}, lambda data: bytes(imagecodecs.gzip_encode(data))),
    "blosc": ({"id": "blosc"}, lambda data: bytes(numcodecs.Blosc("zstd").encode(data))),
    "lz4": ({"id": "lz4"}, lambda data: bytes(numcodecs.LZ4().encode(data))),
    "bz2": ({"id": "bz2"}, lambda data: bytes(numcodecs.BZ2().encode(data))),
    "lzma": ({"id": "lzma"}, lambda data: bytes(numcodecs.LZMA(preset=0).encode(data))),
}


@pytest.mark.parametrize("name", BOMBS)
def test_chunks_never_unpack_to_more_than_they_declare(
    tmp_path: Path, repository: Repository, name: str
) -> None:
    codec, pack = BOMBS[name]
    path = claimed(tmp_path / "a.zarr", compressor=codec)
    (path / "0" / "0.0.0").write_bytes(pack(bytes(64 * 2**20)))
    source = opened(path, repository)

    tracemalloc.start()
    with contextlib.suppress(UnreadableFileError):  # bz2 and lzma stop in silence
        source.read(0, 0, 0, 0, WHOLE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 * 2**20


@pytest.mark.parametrize("name", BOMBS)
def test_chunks_with_too_few_values_are_damaged(
    tmp_path: Path, repository: Repository, name: str
) -> None:
    codec, pack = BOMBS[name]
    path = claimed(tmp_path / "a.zarr", compressor=codec)
    (path / "0" / "0.0.0").write_bytes(pack(bytes(100)))
    source = opened(path, repository)

    with pytest.raises(UnreadableFileError, match=r"chunk 0/0\.0\.0 is damaged"):
        source.read(0, 0, 0, 0, WHOLE)


def test_files_far_larger_than_a_chunk_are_not_read(tmp_path: Path, repository: Repository) -> None:
    path = claimed(tmp_path / "a.zarr")
    with (path / "0" / "0.0.0").open("r+b") as file:
        file.truncate(2**33)
    source = opened(path, repository)

    with pytest.raises(UnreadableFileError, match="it has 8589934592 bytes"):
        source.read(0, 0, 0, 0, WHOLE)


def test_a_wrong_checksum_is_noticed(tmp_path: Path, repository: Repository) -> None:
    path = write_zarr(
        tmp_path / "a.zarr", IMAGE, "cyx", 3, chunks=(1, 64, 64), compressors=[Crc32cCodec()]
    )
    chunk = path / "0" / "c" / "0" / "0" / "0"
    data = bytearray(chunk.read_bytes())
    data[77] ^= 1
    chunk.write_bytes(data)

    with pytest.raises(UnreadableFileError, match="the checksum is wrong"):
        opened(path, repository).read(0, 0, 0, 0, WHOLE)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ((2**63, 2**20), "2048|its index says"),
        ((2**40, 10), "ends before byte"),
        ((0, 2**40), "its index says 1099511627776 bytes at 0"),
        ((2**64 - 1, 5), "its index says 5 bytes"),
    ],
)
def test_an_index_of_a_shard_that_leads_elsewhere_is_refused(
    tmp_path: Path, repository: Repository, entry: tuple[int, int], words: str
) -> None:
    import google_crc32c

    path = write_zarr(tmp_path / "a.zarr", IMAGE, "cyx", 3, chunks=(1, 32, 32), shards=(2, 64, 64))
    shard = path / "0" / "c" / "0" / "0" / "0"
    data = bytearray(shard.read_bytes())
    index = struct.pack("<2Q", *entry) * 8
    data[-len(index) - 4 :] = index + struct.pack("<I", google_crc32c.value(index))
    shard.write_bytes(data)

    with pytest.raises(UnreadableFileError, match=words):
        opened(path, repository).read(0, 0, 0, 0, WHOLE)


def test_a_shard_whose_index_is_damaged_is_refused(tmp_path: Path, repository: Repository) -> None:
    path = write_zarr(tmp_path / "a.zarr", IMAGE, "cyx", 3, chunks=(1, 32, 32), shards=(2, 64, 64))
    shard = path / "0" / "c" / "0" / "0" / "0"
    whole = shard.read_bytes()
    source = opened(path, repository)
    for data in (whole[:-1] + b"x", whole[:20]):
        shard.write_bytes(data)
        with pytest.raises(UnreadableFileError):
            source.read(0, 0, 0, 0, WHOLE)


def test_a_chunk_that_appears_later_is_seen(tmp_path: Path, repository: Repository) -> None:
    path = claimed(tmp_path / "a.zarr")
    chunk = path / "0" / "0.0.0"
    data = chunk.read_bytes()
    chunk.unlink()
    source = opened(path, repository)
    assert not source.read(0, 0, 0, 0, WHOLE).any()

    chunk.write_bytes(data)

    np.testing.assert_array_equal(source.read(0, 0, 0, 0, WHOLE), IMAGE[0, 0, 0])


def test_a_folder_that_is_gone_is_no_image_of_fill_values(
    tmp_path: Path, repository: Repository
) -> None:
    path = claimed(tmp_path / "a.zarr")
    source = opened(path, repository)
    path.rename(tmp_path / "b.zarr")

    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        source.read(0, 0, 0, 0, WHOLE)


KEYS = (
    "", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", "./a", "a/./b", "a//b", "a/", "a\0b",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_names_that_lead_elsewhere_are_no_keys(tmp_path: Path, key: str) -> None:
    assert not is_key(key)
    with pytest.raises(UnreadableFileError):
        open_beneath(tmp_path, key)


def test_without_the_system_call_links_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beneath._Openat2, "there", False)
    (tmp_path / "root" / "deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "root" / "deep" / "file").write_text("y")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "root" / "folder").symlink_to(tmp_path)

    assert open_beneath(tmp_path / "root", "deep/nothing") is None
    assert open_beneath(tmp_path / "root", "deep/file") is not None
    for key in ("link", "folder/secret"):
        with pytest.raises(UnreadableFileError):
            open_beneath(tmp_path / "root", key)


def zipped(**changes: Any) -> bytes:
    """An archive of one image."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        write_zarr(path / "a.zarr", IMAGE, "cyx", 3, chunks=(1, 64, 64))
        return write_archive(path / "a.ozx", path / "a.zarr", **changes).read_bytes()


def entries(*files: tuple[str, bytes], **options: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", **options) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def patched(data: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """The archive with a field of its last entry, or of its end, overwritten."""
    place = data.rindex(mark) + at
    return data[:place] + value + data[place + len(value) :]


ENTRY, END = b"PK\1\2", b"PK\5\6"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"PK\3\4",
    "no table of contents": lambda: zipped()[:-22],
    "table beyond the end": lambda: patched(zipped(), END, 16, struct.pack("<I", 2**31)),
    "table too long": lambda: patched(zipped(), END, 12, struct.pack("<I", 2**31)),
    "more entries than there are": lambda: patched(zipped(), END, 8, struct.pack("<2H", 999, 999)),
    "64-bit end that is missing": lambda: patched(zipped(), END, 8, b"\xff\xff\xff\xff"),
    "one of several parts": lambda: patched(zipped(), END, 4, struct.pack("<2H", 1, 1)),
    "parent": lambda: entries(("../zarr.json", b"{}")),
    "absolute": lambda: entries(("/zarr.json", b"{}")),
    "backslash": lambda: entries(("a\\..\\zarr.json", b"{}")),
    "dot": lambda: entries(("./zarr.json", b"{}")),
    "empty part": lambda: entries(("a//zarr.json", b"{}")),
    "nameless": lambda: entries(("", b"{}")),
    "encrypted": lambda: patched(zipped(), ENTRY, 8, b"\1\0"),
    "other method": lambda: patched(zipped(), ENTRY, 10, struct.pack("<H", 14)),
    "entry beyond the end": lambda: patched(zipped(), ENTRY, 42, struct.pack("<I", 2**31 - 1)),
    "larger than the archive": lambda: patched(zipped(), ENTRY, 20, struct.pack("<2I", 2**31, 2**31)),
    "sizes that differ": lambda: patched(zipped(), ENTRY, 24, struct.pack("<I", 7)),
    "64-bit size that is missing": lambda: patched(zipped(), ENTRY, 24, b"\xff\xff\xff\xff"),
    "wrong checksum": lambda: patched(zipped(), ENTRY, 16, b"\1\2\3\4"),
    "other local header": lambda: patched(zipped(), b"PK\3\4", 0, b"PK\3\5"),
    "bomb": lambda: patched(
        entries(("zarr.json", bytes(2**20)), compression=zipfile.ZIP_DEFLATED), ENTRY, 24,
        struct.pack("<I", 2**32 - 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_end_in_a_typed_error(
    tmp_path: Path, repository: Repository, name: str
) -> None:
    (tmp_path / "a.ozx").write_bytes(HOSTILE[name]())

    with pytest.raises(StoreError):
        [values_of(source) for source in open_images(tmp_path / "a.ozx", repository)]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ozx").write_bytes(entries(("zarr.json", b"{}"), ("zarr.json", b"{}")))

    with pytest.raises(UnreadableFileError, match="two entries of one name"):
        parse_path(tmp_path / "a.ozx")


def test_an_archive_of_too_many_entries_is_refused() -> None:
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**40, 2**40, 2**46, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    old = struct.pack("<4s4H2LH", END, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    data = end + locator + old

    with pytest.raises(UnsupportedError, match="more than 1000000"):
        read_index(lambda offset, length: data[offset : offset + length], len(data), "a.ozx")


def test_an_archive_that_changes_is_noticed(tmp_path: Path, repository: Repository) -> None:
    path = tmp_path / "a.ozx"
    path.write_bytes(zipped())
    source = opened(path, repository)
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(UnreadableFileError, match="has changed"):
        source.read(0, 0, 0, 0, WHOLE)


SEEDS: list[dict[str, Any]] = [
    {"zarr_format": 2, "levels": 2, "compressors": numcodecs.Blosc("lz4")},
    {"zarr_format": 2, "filters": [numcodecs.Delta("<u2")], "compressors": numcodecs.Zlib()},
    {"zarr_format": 3, "levels": 2},
    {"zarr_format": 3, "shards": (2, 64, 64), "compressors": [ZstdCodec(), Crc32cCodec()]},
    {"zarr_format": 3, "filters": TransposeCodec(order=(2, 0, 1))},
    {"zarr_format": 3, "zip": zipfile.ZIP_STORED},
]
MUTANTS = 300


def mutated(data: bytes, random: random.Random) -> bytes:
    """Bytes with some changed, cut off, doubled, or a number replaced by another."""
    changed = bytearray(data)
    kind = random.randrange(5)
    if kind == 0:
        return bytes(changed[: random.randrange(len(changed) + 1)])
    if kind == 1:
        at = random.randrange(len(changed) + 1)
        return bytes(changed[:at] + changed[at // 2 :])
    numbers = [n for n, byte in enumerate(changed) if chr(byte).isdigit()]
    if kind == 2 and numbers:
        at = random.choice(numbers)
        text = random.choice(
            (b"-1", b"0", b"99999999999999999999", b"1e400", b"null", b'"x"', b"[]")
        )
        return bytes(changed[:at] + text + changed[at + 1 :])
    for _ in range(random.choice((1, 1, 4, 20))):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_mutant_is_readable_or_a_typed_error(tmp_path: Path) -> None:
    chance = random.Random(5)
    seeds = []
    for number, options in enumerate(SEEDS):
        chosen = dict(options)
        packed = chosen.pop("zip", None)
        path = write_zarr(tmp_path / f"{number}.zarr", IMAGE, "cyx", chunks=(1, 32, 32), **chosen)
        if packed is not None:
            path = write_archive(tmp_path / f"{number}.ozx", path, compression=packed)
        seeds.append(path)
    refused = 0
    for number in range(MUTANTS):
        path = seeds[number % len(seeds)]
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
        metadata = [file for file in files if "z" in file.name]
        victim = chance.choice(metadata if metadata and number % 3 else files)
        before = victim.read_bytes()
        victim.write_bytes(mutated(before, chance))
        repository = Repository(tmp_path / f"derived{number}")
        try:
            fileset = parse_path(path)
            for image in fileset.images:
                source = repository.open(record_of(fileset, image))
                for level, size in enumerate(source.levels):
                    region = Region(0, 0, min(size.width, 64), min(size.height, 64))
                    source.read_channels(level, 0, [0], 0, region)
        except StoreError:
            refused += 1
        finally:
            repository.close()
            victim.write_bytes(before)

    assert 100 < refused < MUTANTS
