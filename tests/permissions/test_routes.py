"""Every address of the server for everybody: what cannot be seen answers as what does not exist."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from starlette.testclient import TestClient

from app.auth import cookie_name
from app.context import Micrograph
from app.main import create_app
from app.routes import ROUTES
from app.settings import Settings
from store import models
from store.edits.people import add_member, create_experimenter, create_group, deactivate
from store.models.enums import GroupPermissions, Privilege, TokenScope
from store.queries.people import viewer_by_experimenter
from store.sign_in import open_session
from store.tokens import create_token, revoke_tokens
from tests.app.conftest import BASE, import_one
from tests.permissions.oracle import LEVELS, may

pytestmark = [pytest.mark.slow]

ABSENT = 2**40
PICTURES: Mapping[str, str] = {
    "/tiles/{image}/{level}/{z}/{t}/{x}/{y}": "/tiles/{id}/0/0/0/0/0",
    "/tiles/{image}/{level}/{z}/{t}/{x}/{y}.{format}": "/tiles/{id}/0/0/0/0/0.png?size=64",
    "/raw/{image}/{level}/{z}/{t}/{x}/{y}": "/raw/{id}/0/0/0/0/0",
    "/regions/{image}/{level}/{z}/{t}/{x}/{y}/{width}/{height}": "/regions/{id}/0/0/0/0/0/9/9",
    "/regions/{image}/{level}/{z}/{t}/{x}/{y}/{width}/{height}.{format}": (
        "/regions/{id}/0/0/0/0/0/9/9.png"
    ),
    "/planes/{image}/{z}/{t}": "/planes/{id}/0/0",
    "/planes/{image}/{z}/{t}.{format}": "/planes/{id}/0/0.png",
    "/orthogonal/{image}/{level}/{plane}/{t}/{at}": "/orthogonal/{id}/0/xz/0/3",
    "/orthogonal/{image}/{level}/{plane}/{t}/{at}.{format}": "/orthogonal/{id}/0/xz/0/3.png",
    "/montages/{image}/{z}/{t}": "/montages/{id}/0/0",
    "/montages/{image}/{z}/{t}.{format}": "/montages/{id}/0/0.png",
    "/thumbnails/{image}": "/thumbnails/{id}",
    "/thumbnails/{image}.{format}": "/thumbnails/{id}.png",
    "/histograms/{image}": "/histograms/{id}",
    "/export/{name}": "/export/Image:{id}.png",
    "/archive": "/archive?ids=Image:{id}",
    "/archive/manifest": "/archive/manifest?ids=Image:{id}",
}
"""Addresses of images: path of the route → an address with an image in it."""
ELSEWHERE: Mapping[str, str] = {
    "/plates/{plate}/{level}/{x}/{y}": "tried below with a plate",
    "/plates/{plate}/{level}/{x}/{y}.{format}": "tried below with a plate",
    "/files/{file}": "tried below with the file of an image",
    "/figures": "of images as each person sees them; tests/app/test_figure_pages.py",
    "/uploads": "makes an upload of one's own; tests/app/test_uploads.py",
    "/uploads/{token}": "of one's own, to others as nothing; tests/app/test_uploads.py",
    "/graphql": "the matrix; and below, for each way of signing in",
    "/luts.png": "lookup tables are everybody's who signed in",
    "/luts/{name}.png": "lookup tables are everybody's who signed in",
    "/session": "says who asks",
    "/session/acting": "of administrators; tests/app/test_acting.py",
    "/login": "takes one-time tokens only",
    "/login/openid": "leads to the provider; tests/app/test_openid.py",
    "/login/openid/back": "takes answers of the provider only; tests/app/test_openid.py",
    "/login/openid/out": "takes tokens of the provider only; tests/app/test_openid.py",
    "/exported/{job}": "of whoever asked for the export; tests/app/test_export_jobs.py",
    "/share/{secret}": "takes secrets of links only; tests/app/test_share.py",
    "/health": "tells nothing of rows",
    "/assets/{path:path}": "our own files",
    "/favicon.ico": "our own files",
    "/favicon.svg": "our own files",
    "/robots.txt": "our own files",
    "/{path:path}": "our own pages",
}
"""Addresses that give no image, and why they need no row of the matrix."""
NOBODY = ("deactivated", "expired", "revoked", "made up", "signed out")
"""Those whose sign-in is over: they see nothing, not even what is public, and are told why."""
ROLES = ("owner", "member", "leader", "administrator", "viewing", "stranger", "former")


@dataclass
class Served:
    """A server with an image in a group of each kind, and people's ways to ask."""

    client: TestClient
    images: dict[str, int] = field(default_factory=dict)
    plates: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)

    def ask(self, role: str, path: str, **more: str) -> Any:
        self.client.cookies.clear()
        return self.client.get(path, headers={**self.headers[role], **more})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    micrograph = Micrograph(Settings(data=folder / "data", render_slots=1).completed())
    micrograph.start()
    with TestClient(create_app(micrograph), base_url=BASE, follow_redirects=False) as client:
        served = Served(client)
        _people(micrograph, served, folder)
        yield served


def _people(micrograph: Micrograph, served: Served, folder: Path) -> None:
    path = folder / "small.ome.tiff"
    samples = np.arange(2 * 16 * 16, dtype=np.uint8).reshape(2, 16, 16)
    tifffile.imwrite(path, samples, metadata={"axes": "ZYX"}, photometric="minisblack")
    database = micrograph.database
    with database.writing() as session:
        root = viewer_by_experimenter(session, micrograph.administrator_id)
        groups = {one: create_group(session, root, one, GroupPermissions(one)) for one in LEVELS}
        for role in (*ROLES, "deactivated"):
            inside = role in ("owner", "member", "leader", "former", "deactivated")
            key = create_experimenter(
                *(session, root, role),
                administrator=role in ("administrator", "viewing"),
                withheld=Privilege if role == "viewing" else (),
                group_ids=[1, *(groups.values() if inside else ())],
            )
            for group in groups.values() if role == "leader" else ():
                add_member(session, root, role, group, leader=True)
            secret = open_session(session, key)
            served.headers[role] = {"cookie": f"{cookie_name(8080)}={secret}"}
            if role == "owner":
                owner = viewer_by_experimenter(session, key)
                _tokens(session, owner, served)
        deactivate(session, root, "deactivated")
        link = models.Membership
        former = sa.select(models.Experimenter.id).where(models.Experimenter.user_name == "former")
        session.execute(sa.delete(link).where(link.experimenter_id.in_(former), link.group_id != 1))
    served.headers["anonymous"] = {}
    served.headers["made up"] = {"authorization": "Bearer mgt_" + "a" * 43}
    served.headers["signed out"] = {"cookie": f"{cookie_name(8080)}={'a' * 43}"}
    for level, group in groups.items():
        served.images[level] = import_one(micrograph, replace(owner, default_group_id=group), path)
        with database.writing() as session:
            image = session.get_one(models.Image, served.images[level])
            names = ("owner_id", "group_id", "creation_event_id", "update_event_id")
            owned = {name: getattr(image, name) for name in names}
            plate = models.Plate(name="plate", **owned)
            session.add(plate)
            session.flush()
            well = models.Well(plate_id=plate.id, row=0, column=0, **owned)
            session.add(well)
            session.flush()
            session.add(models.WellSample(well_id=well.id, index=0, image_id=image.id, **owned))
            served.plates[level] = plate.id
            entry = models.FilesetEntry
            found = sa.select(entry.original_file_id).where(entry.fileset_id == image.fileset_id)
            served.files[level] = session.scalars(found).one()


def _tokens(session: Any, owner: Any, served: Served) -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    tokens = {
        "narrowed": create_token(session, owner, "read", TokenScope.READ, 1),
        "expired": create_token(session, owner, "old", TokenScope.WRITE, 1, now=old),
        "revoked": create_token(session, owner, "gone", TokenScope.WRITE, 1),
    }
    revoke_tokens(session, owner, [tokens["revoked"].id])
    for role, token in tokens.items():
        served.headers[role] = {"authorization": f"Bearer {token.secret}"}


def said(response: Any, key: int) -> tuple[Any, ...]:
    """Return all that a person learns from an answer, apart from the number that was asked for."""
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in ("x-request-id", "content-length")
    }
    body = response.text.replace(response.headers["x-request-id"], "ID").replace(str(key), "N")
    return response.status_code, headers, body


@pytest.mark.parametrize("role", [*ROLES, "narrowed", "anonymous", *NOBODY])
def test_pictures_are_for_those_who_see_the_image(served: Served, role: str) -> None:
    wrong = []
    plates = {"plate": "/plates/{id}/0/0/0", "plate.png": "/plates/{id}/0/0/0.png"}
    files = {"file": "/files/{id}"}
    for level in LEVELS:
        for name, address in {**PICTURES, **plates, **files}.items():
            keys = served.plates if name in plates else served.images
            key = (served.files if name in files else keys)[level]
            answer = served.ask(role, address.format(id=key))
            nothing = served.ask(role, address.format(id=ABSENT))
            seen = role not in NOBODY and may(role, "view", level)
            served.made["pictures"] += 1
            if seen and answer.status_code != 200:
                wrong.append((name, level, answer.status_code, answer.text[:300]))
            if not seen:
                expected = 401 if role in NOBODY else 404
                served.made["hidden pictures"] += 1
                if answer.status_code != expected or said(answer, key) != said(nothing, ABSENT):
                    wrong.append((name, level, said(answer, key), said(nothing, ABSENT)))
    assert wrong == []


def test_what_is_in_a_cache_is_asked_for_anew_by_everybody(served: Served) -> None:
    address = f"/tiles/{served.images['private']}/0/0/0/0/0.png"
    etag = served.ask("owner", address).headers["etag"]
    served.ask("narrowed", address)
    for role in ("member", "stranger", "anonymous", *NOBODY):
        for more in ({}, {"if-none-match": etag}, {"if-none-match": "*"}):
            answer = served.ask(role, address, **more)
            assert answer.status_code == (401 if role in NOBODY else 404), (role, more)
            served.made["cached tiles"] += 1
    assert served.ask("narrowed", address, **{"if-none-match": etag}).status_code == 304


def test_what_a_plate_shows_is_asked_for_anew_by_everybody(served: Served) -> None:
    address = f"/plates/{served.plates['private']}/0/0/0.png"
    for _ in range(2):  # the first time, uses of sign-ins are noted, after which nothing is known
        assert served.ask("owner", address).status_code == 200
        answers = {role: served.ask(role, address) for role in ("member", "stranger", "anonymous")}

        assert {role: answer.status_code for role, answer in answers.items()} == dict.fromkeys(
            answers, 404
        )


def test_a_token_changes_only_what_it_is_good_for(served: Served) -> None:
    text = 'mutation { createProjects(items: [{name: "x"}]) { applied } }'
    foreign = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}

    def post(role: str, **more: str) -> Any:
        served.client.cookies.clear()
        headers = {**served.headers[role], **more}
        return served.client.post("/graphql", json={"query": text}, headers=headers)

    assert post("owner").json()["data"]["createProjects"]["applied"]
    assert post("owner", **foreign).status_code == 403
    refused = post("narrowed", **foreign)
    assert refused.status_code == 200
    assert refused.json()["errors"][0]["extensions"]["code"] == "not_allowed"
    assert post("anonymous").json()["errors"][0]["extensions"]["code"] == "not_allowed"
    for role in NOBODY:
        assert post(role).status_code == 401


def test_a_wrong_token_is_not_made_good_by_a_cookie(served: Served) -> None:
    headers = served.headers["owner"] | served.headers["revoked"]
    served.client.cookies.clear()
    assert served.client.get("/graphql", headers=headers).status_code != 200
    answer = served.client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    assert answer.status_code == 401


def test_a_token_in_a_cookie_is_nobodys(served: Served) -> None:
    token = served.headers["narrowed"]["authorization"].removeprefix("Bearer ")
    served.client.cookies.clear()
    answer = served.client.get("/session", headers={"cookie": f"{cookie_name(8080)}={token}"})

    assert answer.json() == {"user": None}


def test_every_address_is_tried_or_said_to_need_no_trial(served: Served) -> None:
    paths = {route.path for route in ROUTES}  # type: ignore[attr-defined]

    assert paths == PICTURES.keys() | ELSEWHERE.keys()
    print(f"{sum(served.made.values()):8,} requests to addresses")
