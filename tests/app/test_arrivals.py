"""Uploads become images: sent, imported under their names, known by their sums, for their sender."""

import hashlib
import time
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
  importUploads(batch: $batch, dataset: "Sent", project: "By net") { job { id } }
}"""
JOB = """query ($id: ID!) { node(id: $id) { ... on Job {
  status message progress
  items(first: 9) { nodes { path state message fileset {
    images(first: 9) { nodes { id } } files { name path hash hasher }
  } } }
} } }"""
KNOWN = "query ($hashes: [String!]!) { knownFiles(hashes: $hashes) { hash file { id name } } }"
RETRY = "mutation ($id: ID!) { retryJob(id: $id) { job { id } } }"
PURGE = """mutation ($ids: [ID!], $dry: Boolean!) {
  emptyTrash(olderThanDays: 0, dryRun: $dry, ids: $ids) { deletions rows files kept }
}"""
EMPTY = """mutation ($days: Int!, $dry: Boolean!) {
  emptyTrash(olderThanDays: $days, dryRun: $dry) { dryRun deletions rows files kept }
}"""


def ask(client: TestClient, query: str, **variables: Any) -> Any:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def imported(client: TestClient, batch: str = "b") -> Any:
    """Have a batch imported; the job once it has ended."""
    job = ask(client, IMPORT, batch=batch)["importUploads"]["job"]
    return ended(client, job["id"])


def ended(client: TestClient, job_id: str) -> Any:
    for _ in range(600):
        job = ask(client, JOB, id=job_id)["node"]
        if job["status"] not in ("SUBMITTED", "RUNNING"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


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
    job = imported(client)
    image, text = job["items"]["nodes"]
    (file,) = image["fileset"]["files"]
    path = Path(file["path"])
    data = micrograph.settings.data

    assert (job["status"], job["progress"], job["message"]) == ("FINISHED", 1.0, "1 imported")
    assert (image["path"], image["state"]) == ("run 1/_/_/day é/cells.ome.tiff", "IMPORTED")
    assert (file["name"], file["hash"], file["hasher"]) == ("cells.ome.tiff", digest, "SHA-256")
    assert path.is_relative_to(data / "files")
    assert path.read_bytes() == content
    assert path.stat().st_nlink == 1
    assert (text["path"], text["state"]) == ("run 1/notes.txt", "LEFT_OUT")
    assert len(list((data / "uploads").iterdir())) == 1
    assert [*(data / "arrived").iterdir(), *(data / "staging").iterdir()] == []
    assert list(check(micrograph, administrator, hashes=True)) == []


def test_an_import_asked_for_twice_is_one(client: TestClient, content: bytes) -> None:
    upload(client, content, "a.ome.tiff")
    upload(client, b"only words", "notes.txt")
    first = ask(client, IMPORT, batch="b")["importUploads"]["job"]["id"]
    second = ask(client, IMPORT, batch="b")["importUploads"]["job"]["id"]
    done = ended(client, first)
    third = ask(client, IMPORT, batch="b")["importUploads"]["job"]["id"]
    upload(client, content + b"more", "b.ome.tiff")
    fourth = ask(client, IMPORT, batch="b")["importUploads"]["job"]["id"]

    assert first == second == third != fourth
    assert done["message"] == "1 imported"


def test_what_is_not_on_the_disk_what_was_sent_is_refused(
    client: TestClient, micrograph: Micrograph, content: bytes
) -> None:
    upload(client, content, "a.ome.tiff")
    (kept,) = (micrograph.settings.data / "uploads").glob("*/content")
    kept.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    job = imported(client)
    (item,) = job["items"]["nodes"]
    kept.write_bytes(content)
    job_id = ask(client, RETRY, id=f"Job:{_newest(micrograph)}")["retryJob"]["job"]["id"]
    again = ended(client, job_id)

    assert (job["status"], item["state"]) == ("ERROR", "FAILED")
    assert item["message"].startswith("a.ome.tiff is not what was sent: its SHA-256 is ")
    assert (again["status"], again["message"]) == ("FINISHED", "1 imported")
    assert list((micrograph.settings.data / "uploads").iterdir()) == []


def _newest(micrograph: Micrograph) -> int:
    with micrograph.database.reading() as session:
        return session.scalars(sa.select(sa.func.max(models.Job.id))).one()


def test_a_batch_that_is_not_complete_is_not_imported(client: TestClient, content: bytes) -> None:
    upload(client, content, "a.ome.tiff")
    url = begin(client, 10, "rest.tif", batch="b")
    query = {"query": IMPORT, "variables": {"batch": "b"}}
    early = client.post("/graphql", json=query).json()["errors"][0]
    client.delete(url, headers=TUS)
    done = imported(client)

    assert early["extensions"]["code"] == "conflict"
    assert "rest.tif" in early["message"]
    assert done["message"] == "1 imported"


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
    imported(client)
    hashes = [digest.upper(), "0" * 64]
    after = ask(client, KNOWN, hashes=hashes)["knownFiles"]

    assert before == []
    assert [(one["hash"], one["file"]["name"]) for one in after] == [(digest.upper(), "a.ome.tiff")]
    assert ask(stranger, KNOWN, hashes=hashes)["knownFiles"] == []


def test_the_trash_is_emptied_for_its_owner(
    client: TestClient, micrograph: Micrograph, content: bytes
) -> None:
    upload(client, content, "a.ome.tiff")
    imported(client)
    ask(client, 'mutation { delete(ids: ["Image:2"]) { applied } }')
    late = ask(client, EMPTY, days=30, dry=False)["emptyTrash"]
    dry = ask(client, EMPTY, days=0, dry=True)["emptyTrash"]
    done = ask(client, EMPTY, days=0, dry=False)["emptyTrash"]

    assert (late["deletions"], dry["deletions"], dry["files"]) == (0, 1, 1)
    assert done == dry | {"dryRun": False}
    assert list((micrograph.settings.data / "files").iterdir()) == []


def test_one_thing_is_removed_for_good_and_the_rest_stays_in_the_trash(
    client: TestClient, stranger: TestClient, micrograph: Micrograph, content: bytes
) -> None:
    upload(client, content, "a.ome.tiff")
    imported(client)
    made = ask(
        client,
        """mutation {
      one: createProjects(items: [{ name: "One" }]) { items { id } }
      two: createProjects(items: [{ name: "Two" }]) { items { id } } }""",
    )
    one, two = (made[name]["items"][0]["id"] for name in ("one", "two"))
    for each in (one, two, "Image:2"):
        ask(client, "mutation ($id: ID!) { delete(ids: [$id]) { applied } }", id=each)
    dry = ask(client, PURGE, ids=["Image:2"], dry=True)["emptyTrash"]
    done = ask(client, PURGE, ids=["Image:2", one], dry=False)["emptyTrash"]
    left = ask(client, "{ trash { nodes { id } } }")["trash"]["nodes"]

    assert (dry["deletions"], dry["files"]) == (1, 1)
    assert (done["deletions"], done["files"]) == (2, 1)
    assert [each["id"] for each in left] == [two]
    assert list((micrograph.settings.data / "files").iterdir()) == []
    for who, ids, code in (
        (client, [one], "not_found"),
        (stranger, [two], "not_found"),
        (client, ["Event:1"], "invalid_input"),
    ):
        sent = {"query": PURGE, "variables": {"ids": ids, "dry": False}}
        (error,) = who.post("/graphql", json=sent).json()["errors"]
        assert error["extensions"]["code"] == code
    assert ask(client, "mutation ($id: ID!) { restore(ids: [$id]) { applied } }", id=two)
