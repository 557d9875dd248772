import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import UnreadableFileError
from store.pixels.index import PlaneChunks, pack, planes_per_block, unpack


def plane(offsets: list[int], lengths: list[int], **facts: int) -> PlaneChunks:
    numbers = {"file": 0, "encoding": 0, "part": 0} | facts
    return PlaneChunks(
        **numbers, offsets=np.array(offsets, np.uint64), lengths=np.array(lengths, np.uint64)
    )


positions = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), min_size=0, max_size=20
)
planes = st.builds(
    lambda chunks, file, encoding, part: plane(
        [chunk[0] for chunk in chunks],
        [chunk[1] for chunk in chunks],
        file=file,
        encoding=encoding,
        part=part,
    ),
    positions,
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)


@given(st.lists(planes, max_size=8))
def test_a_block_unpacks_to_what_was_packed(given_planes: list[PlaneChunks]) -> None:
    index = unpack(pack(given_planes))

    assert index.plane_count == len(given_planes)
    for number, wanted in enumerate(given_planes):
        got = index.plane(number)
        assert (got.file, got.encoding, got.part) == (wanted.file, wanted.encoding, wanted.part)
        assert got.offsets.tolist() == wanted.offsets.tolist()
        assert got.lengths.tolist() == wanted.lengths.tolist()


def test_planes_that_share_chunks_share_one_table() -> None:
    shared = [plane([8, 108], [100, 90], part=part) for part in range(3)]

    index = unpack(pack(shared))

    assert len(index.offsets) == 2


def test_regular_chunks_take_a_few_bytes_each() -> None:
    offsets = [8 + 1000 * number for number in range(60_000)]
    size = len(pack([plane(offsets, [1000] * 60_000)]))

    assert size < 6_000


@given(st.binary(max_size=60))
def test_bytes_that_are_no_block_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        unpack(data)


@given(st.data())
def test_a_damaged_block_is_refused_or_has_planes(data: st.DataObject) -> None:
    block = bytearray(pack([plane([8, 108], [100, 90], part=part) for part in range(3)]))
    position = data.draw(st.integers(0, len(block) - 1))
    block[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        index = unpack(bytes(block))
    except UnreadableFileError:
        return

    assert all(index.plane(number) for number in range(index.plane_count))


@pytest.mark.parametrize(
    ("chunks", "wanted"), [(0, 4096), (1, 4096), (100, 655), (65536, 1), (200_000, 1)]
)
def test_a_block_holds_whole_planes_and_at_least_one(chunks: int, wanted: int) -> None:
    assert planes_per_block(chunks) == wanted
