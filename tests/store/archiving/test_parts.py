"""Files that come piece by piece: what the disk did not take is never acknowledged."""

import errno
import os
from pathlib import Path

import pytest

from store.archiving.parts import FLUSHED_EVERY, Part
from store.errors import UnavailableError


@pytest.fixture
def part(tmp_path: Path) -> Part:
    part = Part(tmp_path / "part")
    part.create()
    return part


def test_what_was_saved_is_acknowledged(part: Part) -> None:
    content = os.urandom(3 * FLUSHED_EVERY)
    with part.writing() as writer:
        for start in range(0, len(content), FLUSHED_EVERY // 2):
            writer.write(content[start : start + FLUSHED_EVERY // 2])
        assert part.offset() == 0
        writer.save()

    assert part.offset() == len(content)
    assert part.content.read_bytes() == content


def test_an_error_of_the_disk_while_more_comes_is_told_by_the_next_save(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells such an error once: to the flush behind, which nobody waits for."""
    real, failures = os.fdatasync, [OSError(errno.EIO, "Input/output error")]

    def flush(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        real(descriptor)

    monkeypatch.setattr("store.archiving.parts.os.fdatasync", flush)
    with part.writing() as writer:
        writer.write(bytes(FLUSHED_EVERY))
        with pytest.raises(UnavailableError):
            writer.save()
    assert part.offset() == 0

    with part.writing() as writer:
        writer.write(bytes(10))
        writer.save()

    assert part.offset() == 10
