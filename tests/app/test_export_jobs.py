"""Exports as jobs: made behind the answer, gone on with, fetched by whoever asked, until expired."""

import io
import os
import time
import zipfile
from typing import Any

import numpy as np
import pytest
import tifffile
from starlette.testclient import TestClient

from app.context import Micrograph
from app.export_files import KEPT, sweep_exports
from app.imports import Imports
from store.access import Viewer

START = """mutation ($ids: [ID!]!, $format: ExportFormat!, $options: String) {
  startExport(ids: $ids, format: $format, options: $options) { job { id kind title } }
}"""
JOB = """query ($id: ID!) { node(id: $id) { ... on Job {
  status message progress downloadUrl
} } }"""

pytestmark = pytest.mark.slow


def ask(client: TestClient, query: str, **variables: Any) -> Any:
    return client.post("/graphql", json={"query": query, "variables": variables}).json()


def start(client: TestClient, format_: str, *ids: str, options: str = "") -> str:
    answer = ask(client, START, ids=ids, format=format_, options=options)
    assert "errors" not in answer, answer["errors"]
    return str(answer["data"]["startExport"]["job"]["id"])


def ended(client: TestClient, job_id: str) -> Any:
    for _ in range(1200):
        job = ask(client, JOB, id=job_id)["data"]["node"]
        if job["status"] not in ("SUBMITTED", "RUNNING"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_an_export_is_made_behind_the_answer_and_fetched_by_whoever_asked(
    client: TestClient, stranger: TestClient
) -> None:
    job_id = start(client, "OME_TIFF", "Image:1", options="z=1")
    job = ended(client, job_id)
    direct = client.get("/export/Image:1.ome.tiff?z=1")
    answer = client.get(job["downloadUrl"])
    part = client.get(job["downloadUrl"], headers={"range": "bytes=0-3"})

    assert (job["status"], job["progress"]) == ("FINISHED", 1.0)
    assert "to be fetched until" in job["message"]
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    np.testing.assert_array_equal(
        tifffile.imread(io.BytesIO(answer.content)), tifffile.imread(io.BytesIO(direct.content))
    )
    assert (part.status_code, part.content) == (206, answer.content[:4])
    assert stranger.get(job["downloadUrl"]).status_code == 404


def test_what_holds_several_files_is_one_file(client: TestClient) -> None:
    job = ended(client, start(client, "OME_ZARR", "Image:1"))
    names = zipfile.ZipFile(io.BytesIO(client.get(job["downloadUrl"]).content)).namelist()

    assert any(name.endswith("zarr.json") for name in names)


def test_what_cannot_be_exported_is_said_at_once_or_by_the_job(client: TestClient) -> None:
    wrong = ask(client, START, ids=["Image:1"], format="OME_TIFF", options="colour=red")
    job = ended(client, start(client, "OME_TIFF", "Image:999"))

    assert wrong["errors"][0]["extensions"]["code"] == "invalid_input"
    assert "no option 'colour'" in wrong["errors"][0]["message"]
    assert (job["status"], job["downloadUrl"]) == ("ERROR", None)
    assert "999" in job["message"]


def test_an_export_that_was_cut_off_is_made_by_the_next_start(
    client: TestClient, micrograph: Micrograph, administrator: Viewer
) -> None:
    imports = micrograph.imports
    assert isinstance(imports, Imports)
    with micrograph.database.writing() as session:
        key = imports.submit_export(session, administrator, [("Image", 1)], "ome-tiff", "")
    resumed = imports.resume()
    job = ended(client, f"Job:{key}")

    assert resumed == [key]
    assert client.get(job["downloadUrl"]).status_code == 200


def test_what_was_made_is_removed_when_its_time_is_over(
    client: TestClient, micrograph: Micrograph
) -> None:
    job = ended(client, start(client, "PNG", "Image:1"))
    data = micrograph.settings.data
    (folder,) = (data / "exported").iterdir()
    sweep_exports(data)
    before = client.get(job["downloadUrl"]).status_code
    old = time.time() - KEPT.total_seconds() - 1
    os.utime(folder, (old, old))
    sweep_exports(data)

    assert (before, client.get(job["downloadUrl"]).status_code) == (200, 404)
    assert list((data / "exported").iterdir()) == []
