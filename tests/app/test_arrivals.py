"""Uploads become images: sent, imported under their names, known by their sums, for their sender."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.checking import check
from app.context import Micrograph
from store import models
from store.access import Viewer
from tests.app.test_uploads import TUS, begin, send

IMPORT = """mutation ($batch: String!) {
  importUploads(batch: $batch, dataset: "Sent", project: "By net") {
    images { name fileset { files { name path size hash hasher } } } problems
  }
}"""
KNOWN = "query ($hashes: [String!]!) { knownFiles(hashes: $hashes) { hash file { id name } } }"
EMPTY = """mutation ($days: Int!, $dry: Boolean!) {
  emptyTrash(olderThanDays: $days, dryRun: $dry) { dryRun deletions rows files kept }
}"""


def ask(client: TestClient, query: str, **variables: Any) -> Any:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def upload(client: TestClient, content: bytes, path: str, batch: str = "b") -> str:
    digest = hashlib.sha256(content).hexdigest()
    url = begin(client, len(content), path, batch=batch, sha256=digest)
    assert send(client, url, 0, content).status_code == 204
    return digest


@pytest.fixture
def content(image_file: Path) -> bytes:
    return image_file.read_bytes()


def test_a_batch_becomes_images_with_its_folders(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, content: bytes
) -> None:
    digest = upload(client, content, "run 1/../../day é/cells.ome.tiff")
    upload(client, b"only words", "run 1/notes.txt")
    done = ask(client, IMPORT, batch="b")["importUploads"]
    (file,) = done["images"][0]["fileset"]["files"]
    path = Path(file["path"])
    left = list((micrograph.settings.data / "uploads").iterdir())

    with micrograph.database.reading() as session:
        job = session.scalars(sa.select(models.Job).order_by(models.Job.id.desc())).first()

    assert (job.status if job else None) == "Finished"
    assert (file["name"], file["hash"], file["hasher"]) == ("cells.ome.tiff", digest, "SHA-256")
    assert path.is_relative_to(micrograph.settings.data / "files")
    assert path.parts[-5:] == ("run 1", "_", "_", "day é", "cells.ome.tiff")
    assert path.read_bytes() == content
    assert len(done["problems"]) == len(left) == 1
    assert "notes.txt" in done["problems"][0]
    assert list((micrograph.settings.data / "files").rglob("notes.txt")) == []
    assert list(check(micrograph, administrator, hashes=True)) == []


def test_a_batch_that_is_not_complete_is_not_imported(client: TestClient, content: bytes) -> None:
    upload(client, content, "a.ome.tiff")
    url = begin(client, 10, "rest.tif", batch="b")
    query = {"query": IMPORT, "variables": {"batch": "b"}}
    early = client.post("/graphql", json=query).json()["errors"][0]
    client.delete(url, headers=TUS)
    done = ask(client, IMPORT, batch="b")["importUploads"]

    assert early["extensions"]["code"] == "conflict"
    assert "rest.tif" in early["message"]
    assert len(done["images"]) == 1


def test_nobody_imports_what_others_sent(
    client: TestClient, stranger: TestClient, content: bytes
) -> None:
    upload(client, content, "a.ome.tiff")
    messages = []
    for batch in ("b", "c"):
        query = {"query": IMPORT, "variables": {"batch": batch}}
        messages.append(stranger.post("/graphql", json=query).json()["errors"][0]["message"])

    assert messages[0].replace(" b.", " c.") == messages[1]


def test_files_that_are_here_are_known_to_those_who_see_them(
    client: TestClient, stranger: TestClient, content: bytes
) -> None:
    digest = upload(client, content, "a.ome.tiff")
    before = ask(client, KNOWN, hashes=[digest])["knownFiles"]
    ask(client, IMPORT, batch="b")
    hashes = [digest.upper(), "0" * 64]
    after = ask(client, KNOWN, hashes=hashes)["knownFiles"]

    assert before == []
    assert [(one["hash"], one["file"]["name"]) for one in after] == [(digest.upper(), "a.ome.tiff")]
    assert ask(stranger, KNOWN, hashes=hashes)["knownFiles"] == []


def test_the_trash_is_emptied_for_its_owner(
    client: TestClient, micrograph: Micrograph, content: bytes
) -> None:
    upload(client, content, "a.ome.tiff")
    ask(client, IMPORT, batch="b")
    ask(client, 'mutation { delete(ids: ["Image:2"]) { applied } }')
    late = ask(client, EMPTY, days=30, dry=False)["emptyTrash"]
    dry = ask(client, EMPTY, days=0, dry=True)["emptyTrash"]
    done = ask(client, EMPTY, days=0, dry=False)["emptyTrash"]

    assert (late["deletions"], dry["deletions"], dry["files"]) == (0, 1, 1)
    assert done == dry | {"dryRun": False}
    assert list((micrograph.settings.data / "files").iterdir()) == []
