"""Signing in at a real OpenID provider, which runs on this machine for the tests."""

import base64
import dataclasses
import hashlib
import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx2
import joserfc.jwk
import oidc_provider_mock
import pytest
import sqlalchemy as sa
import werkzeug.serving
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from app.openid import Attempt, Provider
from app.settings import Settings
from app.signing_in import own_path
from store import models
from store.access import Viewer
from store.edits.people import create_experimenter, create_group, deactivate
from store.errors import UnavailableError
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import BASE, PASSWORD

SECRET = "canary-of-the-client"


class Institution:
    """An OpenID provider that also insists on PKCE."""

    def __init__(self) -> None:
        self.app = oidc_provider_mock.app(require_nonce=True)
        self.storage: Any = None
        self.challenges: dict[str, str] = {}
        self.app.before_request(self._before)
        self.app.after_request(self._after)
        self.server = werkzeug.serving.make_server("127.0.0.1", 0, self.app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def _before(self) -> flask.typing.ResponseReturnValue | None:
        self.storage = flask.g.oidc_provider_mock_storage
        if flask.request.path.startswith("/other/"):
            return {"issuer": "https://example.org"}
        if flask.request.path == "/oauth2/token":
            verifier = flask.request.form.get("code_verifier", "")
            made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
            code = flask.request.form.get("code", "")
            if self.challenges.pop(code, None) != made.decode().rstrip("="):
                return {"error": "invalid_grant"}, 400
        return None

    def _after(self, response: flask.Response) -> flask.Response:
        place = response.headers.get("location", "")
        for code in parse_qs(urlsplit(place).query).get("code", []):
            assert flask.request.args["code_challenge_method"] == "S256"
            self.challenges[code] = flask.request.args["code_challenge"]
        return response

    def tell(self, subject: str, **claims: Any) -> None:
        """Say who somebody is."""
        httpx2.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def change_keys(self) -> None:
        """Sign with another key from now on."""
        self.storage.jwk = joserfc.jwk.RSAKey.generate_key(private=True)


@pytest.fixture(scope="module")
def institution() -> Iterator[Institution]:
    provider = Institution()
    thread = threading.Thread(target=provider.server.serve_forever, args=(0.05,))
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


@pytest.fixture
def chosen(institution: Institution, sqlite_template: Path, tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "micrograph.sqlite")
    return Settings(
        data=data,
        oidc_issuer=institution.issuer,
        oidc_client_secret=SECRET,
        external_groups=(("lab-mitosis", "mitosis"), ("lab-neurons", "neurons")),
    )


@pytest.fixture
def started(chosen: Settings, request: pytest.FixtureRequest) -> Iterator[Micrograph]:
    more = getattr(request, "param", {})
    micrograph = Micrograph(dataclasses.replace(chosen, **more))
    micrograph.start()
    with micrograph.database.writing() as session:
        root = viewer_by_experimenter(session, micrograph.administrator_id)
        for name in ("mitosis", "neurons", "others"):
            create_group(session, root, name)
    yield micrograph
    micrograph.close()


@pytest.fixture
def root(started: Micrograph) -> Viewer:
    with started.database.reading() as session:
        return viewer_by_experimenter(session, started.administrator_id)


@pytest.fixture
def browser(started: Micrograph) -> Iterator[TestClient]:
    with TestClient(create_app(started), base_url=BASE, follow_redirects=False) as client:
        yield client


def sign_in(browser: TestClient, subject: str, onward: str = "/") -> httpx2.Response:
    """Go to the provider, say there who one is, and come back."""
    answer = browser.get("/login/openid", params={"next": onward})
    assert answer.status_code == 303, answer.text
    there = httpx2.post(answer.headers["location"], data={"sub": subject})
    return browser.get(there.headers["location"], headers={"accept": "text/html"})


def groups_of(micrograph: Micrograph, name: str) -> set[str]:
    person, member, group = models.Experimenter, models.Membership, models.ExperimenterGroup
    with micrograph.database.reading() as session:
        return set(
            session.scalars(
                sa.select(group.name)
                .join(member, member.group_id == group.id)
                .join(person, person.id == member.experimenter_id)
                .where(person.user_name == name)
            )
        )


def test_the_sign_in_page_is_told_of_the_provider(browser: TestClient) -> None:
    told = browser.get("/session").json()

    assert told == {
        "user": None,
        "openId": {"label": "your institution", "href": "/login/openid"},
    }


def test_the_first_sign_in_makes_an_account_in_the_groups_that_are_claimed(
    browser: TestClient, started: Micrograph, institution: Institution
) -> None:
    institution.tell(
        "248289761001",
        preferred_username="ada",
        given_name="Ada",
        family_name="Lovelace",
        email="ada@example.org",
        groups=["lab-mitosis", "staff"],
    )

    answer = sign_in(browser, "248289761001", "/browse?project=3")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/browse?project=3"
    user = browser.get("/session").json()["user"]
    assert (user["userName"], user["firstName"], user["lastName"]) == ("ada", "Ada", "Lovelace")
    assert user["administrator"] is False
    assert groups_of(started, "ada") == {"mitosis"}


def test_groups_follow_the_claims_and_others_are_left_alone(
    browser: TestClient, started: Micrograph, institution: Institution, root: Viewer
) -> None:
    institution.tell("1", preferred_username="ada", groups=["lab-mitosis"])
    sign_in(browser, "1")
    with started.database.writing() as session:
        key = session.scalar(
            sa.select(models.ExperimenterGroup.id).where(models.ExperimenterGroup.name == "others")
        )
        person = session.scalars(
            sa.select(models.Experimenter).where(models.Experimenter.user_name == "ada")
        ).one()
        session.add(models.Membership(experimenter_id=person.id, group_id=key, leader=False))

    institution.tell("1", preferred_username="renamed", groups="lab-neurons")
    sign_in(browser, "1")

    assert groups_of(started, "ada") == {"neurons", "others"}


def test_nobody_takes_over_an_account_by_its_name(
    browser: TestClient, started: Micrograph, institution: Institution, root: Viewer
) -> None:
    with started.database.writing() as session:
        create_experimenter(session, root, "grace", password=PASSWORD)
    for name in ("grace", "root"):
        institution.tell("7", preferred_username=name)

        answer = sign_in(browser, "7")

        assert answer.status_code == 403
        assert "somebody else" in answer.text
        assert browser.get("/session").json()["user"] is None


def test_an_account_made_for_somebody_is_theirs_by_its_name(
    browser: TestClient, started: Micrograph, institution: Institution, root: Viewer
) -> None:
    with started.database.writing() as session:
        made = create_experimenter(session, root, "grace")
    institution.tell("8", preferred_username="grace")

    sign_in(browser, "8")

    assert browser.get("/session").json()["user"]["id"] == f"Experimenter:{made}"
    browser.cookies.clear()
    institution.tell("9", preferred_username="grace")
    assert sign_in(browser, "9").status_code == 403


@pytest.mark.parametrize("started", [{"external_accounts": "known"}], indirect=True)
def test_strangers_are_refused_where_accounts_are_made_by_administrators(
    browser: TestClient, institution: Institution
) -> None:
    institution.tell("10", preferred_username="stranger")

    answer = sign_in(browser, "10")

    assert answer.status_code == 403
    assert "no account here" in answer.text


def test_a_closed_account_is_refused_and_the_audit_log_says_so(
    browser: TestClient, started: Micrograph, institution: Institution, root: Viewer
) -> None:
    institution.tell("11", preferred_username="ada")
    sign_in(browser, "11")
    with started.database.writing() as session:
        deactivate(session, root, "ada")

    answer = sign_in(browser, "11")

    assert answer.status_code == 403
    assert "closed" in answer.text
    assert browser.get("/session").json()["user"] is None
    with started.database.reading() as session:
        actions = list(session.scalars(sa.select(models.AuditEntry.action)))
    assert actions[-1] == "sign in refused"
    assert "sign in" in actions


def test_keys_that_the_provider_changes_are_learned(
    browser: TestClient, started: Micrograph, institution: Institution
) -> None:
    institution.tell("12", preferred_username="ada")
    started.openid = Provider(started.settings, again_s=0)
    assert sign_in(browser, "12").status_code == 303

    institution.change_keys()

    assert sign_in(browser, "12").status_code == 303


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(
    browser: TestClient, institution: Institution
) -> None:
    institution.tell("13", preferred_username="mallory")
    asked = browser.get("/login/openid").headers["location"]
    back = httpx2.post(asked, data={"sub": "13"}).headers["location"]
    browser.cookies.clear()
    browser.get("/login/openid")

    answer = browser.get(back, headers={"accept": "text/html"})

    assert answer.status_code == 401
    assert browser.get("/session").json()["user"] is None


def test_an_answer_is_good_once(browser: TestClient, institution: Institution) -> None:
    institution.tell("14", preferred_username="ada")
    asked = browser.get("/login/openid")
    cookie = asked.cookies["micrograph-8080-openid"]
    back = httpx2.post(asked.headers["location"], data={"sub": "14"}).headers["location"]
    assert browser.get(back).status_code == 303

    browser.cookies.set("micrograph-8080-openid", cookie)

    assert browser.get(back).json()["error"]["code"] == "sign_in_failed"


@pytest.mark.parametrize("part", ["nonce", "verifier", "state"])
def test_each_part_of_an_attempt_matters(
    browser: TestClient, institution: Institution, part: str
) -> None:
    institution.tell("15", preferred_username="ada")
    asked = browser.get("/login/openid")
    attempt = Attempt.unpacked(asked.cookies["micrograph-8080-openid"])
    assert attempt is not None
    back = httpx2.post(asked.headers["location"], data={"sub": "15"}).headers["location"]
    changed = dataclasses.replace(attempt, **{part: "x" * 43})
    browser.cookies.clear()
    browser.cookies.set("micrograph-8080-openid", changed.packed())

    assert browser.get(back).json()["error"]["code"] == "sign_in_failed"


@pytest.mark.parametrize("started", [{"oidc_client_id": "somebody-else"}], indirect=True)
def test_a_token_for_another_client_signs_nobody_in(
    browser: TestClient, started: Micrograph, institution: Institution
) -> None:
    institution.tell("16", preferred_username="ada")
    asked = browser.get("/login/openid")
    back = httpx2.post(asked.headers["location"], data={"sub": "16"}).headers["location"]
    provider = started.openid
    assert provider is not None
    attempt = Attempt.unpacked(asked.cookies["micrograph-8080-openid"])
    assert attempt is not None
    code = parse_qs(urlsplit(back).query)["code"][0]
    token = provider._exchanged(code, attempt.verifier, f"{BASE}/login/openid/back")
    other = Provider(dataclasses.replace(started.settings, oidc_client_id="micrograph"))

    with pytest.raises(Exception, match="could not be verified"):
        other._verified(token["id_token"], attempt.nonce)


def test_who_says_no_there_is_not_signed_in(browser: TestClient) -> None:
    asked = browser.get("/login/openid").headers["location"]
    back = httpx2.post(asked, data={"action": "deny"}).headers["location"]

    answer = browser.get(back, headers={"accept": "text/html"})

    assert answer.status_code == 401
    assert "access_denied" in answer.text


@pytest.mark.parametrize(
    "text",
    [
        *("https://example.org", "//example.org", "/\\example.org", "\\\\example.org"),
        *("/\t/example.org", "javascript:alert(1)", "", "browse", "http:example.org", "/%0a\n"),
        *(" //example.org", "/\r\nset-cookie: a=b", "///example.org", "https:/example.org"),
    ],
)
def test_the_browser_goes_on_to_paths_of_ours_only(text: str) -> None:
    assert own_path(text) == "/"


def test_no_secret_reaches_the_log(
    browser: TestClient, institution: Institution, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    institution.tell("17", preferred_username="ada")
    asked = browser.get("/login/openid")
    attempt = Attempt.unpacked(asked.cookies["micrograph-8080-openid"])
    assert attempt is not None
    back = httpx2.post(asked.headers["location"], data={"sub": "17"}).headers["location"]
    caplog.clear()

    assert browser.get(back).status_code == 303

    # The provider and this test's browser log in the same process.
    ours = "\n".join(
        f"{record.getMessage()} {vars(record)}"
        for record in caplog.records
        if record.name.startswith(("app", "store", "httpcore2"))
        or (record.name == "httpx2" and institution.issuer in record.getMessage())
    )
    assert "/oauth2/token" in ours
    code = parse_qs(urlsplit(back).query)["code"][0]
    for secret in (SECRET, attempt.verifier, attempt.nonce, code):
        assert secret not in ours


def test_a_provider_that_is_away_is_said_to_be_away(chosen: Settings) -> None:
    with werkzeug.serving.make_server("127.0.0.1", 0, lambda *_: []) as server:
        port = server.server_port
    provider = Provider(dataclasses.replace(chosen, oidc_issuer=f"http://127.0.0.1:{port}"))

    with pytest.raises(UnavailableError, match="does not answer"):
        provider.begin(BASE, "/")


def test_a_provider_of_another_name_is_not_taken(
    chosen: Settings, institution: Institution
) -> None:
    provider = Provider(dataclasses.replace(chosen, oidc_issuer=f"{institution.issuer}/other"))

    with pytest.raises(UnavailableError, match="another name"):
        provider.begin(BASE, "/")
