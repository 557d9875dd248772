"""Zip files of files that stay on disk: every part of every layout, byte for byte."""

import io
import itertools
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.archiving import zips
from store.archiving.zips import Member, ZipLayout
from store.errors import UnreadableFileError
from store.pixels.files import identify

SIZES = (0, 1, 10, 70_000, 1_500_000)
TIME_NS = 1_700_000_000_000_000_000


def members(folder: Path) -> list[Member]:
    found = []
    for number, size in enumerate(SIZES):
        path = folder / f"{number}.bin"
        path.write_bytes(os.urandom(size))
        os.utime(path, ns=(TIME_NS, TIME_NS + number))
        identity = identify(path)
        found.append(Member(f"é {number}/file.bin", size, identity.mtime_ns, number, identity))
    return [*found, Member("MANIFEST.tsv", 5, TIME_NS, -1, b"hello")]


def whole(layout: ZipLayout) -> bytes:
    return b"".join(layout.blocks())


def test_a_zip_file_holds_the_files_as_they_are(tmp_path: Path) -> None:
    layout = ZipLayout(files := members(tmp_path), {})
    content = whole(layout)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [member.name for member in files]
        assert archive.read("é 3/file.bin") == (tmp_path / "3.bin").read_bytes()
        assert archive.getinfo("é 3/file.bin").date_time == (2023, 11, 14, 22, 13, 20)

    assert len(content) == layout.length


def test_every_part_is_the_part_of_the_whole(tmp_path: Path) -> None:
    files = members(tmp_path)
    content = whole(ZipLayout(files, {}))
    edges = [place + step for place in layout_edges(files) for step in (-1, 0, 1)]
    edges = [edge for edge in edges if 0 <= edge <= len(content)]
    for start in edges:
        for end in edges[:: len(edges) // 8]:
            part = b"".join(ZipLayout(files, {}).blocks(start, end))
            assert part == content[start : max(end, start)], (start, end)


def layout_edges(files: list[Member]) -> list[int]:
    layout = ZipLayout(files, {})
    return [*layout._offsets, layout._directory, layout._end, layout.length]


def test_parts_that_follow_each_other_make_the_whole_at_any_cuts(tmp_path: Path) -> None:
    files = members(tmp_path)
    content = whole(ZipLayout(files, {}))

    @given(st.lists(st.integers(0, len(content)), max_size=6))
    def check(cuts: list[int]) -> None:
        places = [0, *sorted(cuts), len(content)]
        parts = [
            b"".join(ZipLayout(files, {}).blocks(first, last))
            for first, last in itertools.pairwise(places)
        ]
        assert b"".join(parts) == content

    check()


def test_sums_are_learned_while_files_are_read(tmp_path: Path) -> None:
    sums: dict[int, int] = {}
    whole(ZipLayout(members(tmp_path), sums))

    assert sums == {
        number: zlib.crc32((tmp_path / f"{number}.bin").read_bytes())
        for number in range(len(SIZES))
    }


def test_a_large_archive_of_large_files_is_read_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if 60,000 bytes were the most that 32 bits can count."""
    monkeypatch.setattr(zips, "_LARGE", 60_000)
    monkeypatch.setattr(zips, "_MANY", 3)
    files = members(tmp_path)
    layout = ZipLayout(files, {})
    content = whole(layout)
    # What is not written in 32 bits says so by its largest number.
    content = content.replace((60_000).to_bytes(4, "little"), b"\xff\xff\xff\xff")
    monkeypatch.undo()

    assert len(content) == layout.length
    assert content.count(b"PK\x06\x06") == 1
    assert content.count((1_500_000).to_bytes(8, "little") * 2) == 3


def test_a_sparse_file_of_five_gib_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    identity = identify(path)
    member = Member("large.bin", identity.size, identity.mtime_ns, 1, identity)
    layout = ZipLayout([member], {1: 0})
    listed = tmp_path / "end.zip"
    with listed.open("wb") as file:
        file.write(next(layout.blocks(0, 60)))
        start = layout._directory
        file.seek(start)
        file.writelines(layout.blocks(start))
    with zipfile.ZipFile(listed) as archive, archive.open("large.bin") as large:
        sizes = [one.file_size for one in archive.infolist()]
        first = large.read(9)

    assert (sizes, first) == ([5 << 30], bytes(9))


def test_a_file_that_changes_is_not_given_out(tmp_path: Path) -> None:
    layout = ZipLayout(members(tmp_path), {})
    blocks: Iterator[bytes] = layout.blocks()
    (tmp_path / "4.bin").write_bytes(b"other")
    with pytest.raises(UnreadableFileError, match="changed"):
        list(blocks)


def test_a_flipped_bit_is_found_by_the_sum_that_is_known(tmp_path: Path) -> None:
    files = members(tmp_path)
    sums: dict[int, int] = {}
    whole(ZipLayout(files, sums))
    path = tmp_path / "3.bin"
    content = bytearray(path.read_bytes())
    content[9] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(TIME_NS, TIME_NS + 3))
    with pytest.raises(UnreadableFileError, match="damaged"):
        whole(ZipLayout(files, sums))


def test_the_etag_changes_with_what_is_in_it(tmp_path: Path) -> None:
    files = members(tmp_path)
    etags = {
        ZipLayout(some, {}).etag
        for some in (
            files,
            files[1:],
            [*files[:-1], Member("MANIFEST.tsv", 5, TIME_NS, -1, b"Hello")],
        )
    }

    assert len(etags) == 3
    assert ZipLayout(files, {}).etag == ZipLayout(list(files), {1: 2}).etag
