"""Files are sent to a server from a command line, and go on where they were cut off."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.sending import (
    PIECE,
    Answer,
    Memory,
    batch_of,
    import_sent,
    local_files,
    send_all,
)
from store.errors import InvalidInputError, UnavailableError


class Wire:
    """Requests to an application in this process; some are cut, before or after they arrive."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.cuts: list[str] = []
        """What happens to the next pieces: lost, unheard, damaged or nothing."""
        self.pieces: list[tuple[int, int]] = []
        """Where each piece that arrived began, and how long it was."""

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        cut = self.cuts.pop(0) if method == "PATCH" and self.cuts else ""
        if cut == "lost":
            raise UnavailableError("cut")
        if cut == "damaged":
            body = bytes([body[0] ^ 1]) + body[1:]
        answer = self.client.request(method, path, content=body, headers=dict(headers or {}))
        if method == "PATCH":
            self.pieces.append((int((headers or {})["upload-offset"]), len(body)))
        if cut == "unheard":
            raise UnavailableError("cut")
        return Answer(answer.status_code, answer.headers, answer.content)


@pytest.fixture
def wire(client: TestClient) -> Wire:
    return Wire(client)


@pytest.fixture
def folder(tmp_path: Path, image_file: Path) -> Path:
    """A folder with an image and a text, and something hidden."""
    folder = tmp_path / "day é"
    folder.mkdir()
    (folder / "cells.ome.tiff").write_bytes(image_file.read_bytes())
    (folder / "notes.txt").write_text("only words")
    (folder / ".hidden").write_text("nobody's")
    return folder


def send(wire: Wire, folder: Path, memory: Memory, waited: list[float]) -> tuple[str, int]:
    files = local_files([folder])
    batch = batch_of("here", files)
    return batch, send_all(wire, files, batch, memory, wait=waited.append)


def test_a_folder_is_sent_and_imported_and_known_when_it_is_sent_again(
    wire: Wire, folder: Path, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "memory.json")
    batch, sent = send(wire, folder, memory, [])
    done = import_sent(wire, batch, {"dataset": "Sent"})
    memory.forget()
    (folder / "notes.txt").unlink()

    assert sent == 2
    assert not done.failed
    assert done.message == "1 imported"
    assert [problem.partition(":")[0] for problem in done.problems] == ["day é/notes.txt"]
    assert send(wire, folder, memory, [])[1] == 0


def test_pieces_that_are_lost_unheard_or_damaged_are_sent_again_and_no_others(
    wire: Wire, tmp_path: Path
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(range(256)) * (PIECE // 256 * 2) + b"end")
    wire.cuts = ["", "lost", "unheard", "damaged"]
    waited: list[float] = []
    send(wire, file, Memory(tmp_path / "memory.json"), waited)

    assert wire.pieces == [(0, PIECE), (PIECE, PIECE), (2 * PIECE, 3), (2 * PIECE, 3)]
    assert waited == [1.0, 2.0, 1.0]


def test_a_command_that_was_cut_off_goes_on_where_it_was(wire: Wire, tmp_path: Path) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(PIECE) + b"end")
    memory = Memory(tmp_path / "memory.json")
    wire.cuts = ["", *["lost"] * 8]
    with pytest.raises(UnavailableError):
        send(wire, file, memory, [])
    wire.pieces.clear()
    send(wire, file, Memory(memory.file), [])

    assert wire.pieces == [(PIECE, 3)]


def test_what_the_server_refuses_is_said_in_its_words(wire: Wire) -> None:
    with pytest.raises(InvalidInputError, match=r"No batch of uploads nothing\."):
        import_sent(wire, "nothing", {})


def test_nothing_to_send_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There are no files to send"):
        local_files([tmp_path])
