"""Signing in at a real OpenID provider, which runs on this machine for the tests."""

import base64
import dataclasses
import hashlib
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx2
import joserfc.jwk
import joserfc.jwt
import oidc_provider_mock
import pytest
import sqlalchemy as sa
import werkzeug.serving
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from app.openid import LOGOUT_EVENT, Attempt, Provider
from app.settings import Settings
from app.signing_in import own_path
from store import models
from store.access import Viewer
from store.edits.people import create_experimenter, create_group, deactivate
from store.errors import UnavailableError
from store.queries.people import viewer_by_experimenter
from store.sign_in import open_session, viewer_of_session
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

    def logout_token(
        self, *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Say that somebody has signed out, as OpenID providers do; claims of None are left out."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": "micrograph",
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid.uuid4()),
            "events": {LOGOUT_EVENT: {}},
            **claims,
        }
        signer = key or self.storage.jwk
        head = {"alg": "RS256", "typ": "logout+jwt"} | (header or {})
        return joserfc.jwt.encode(
            head, {name: value for name, value in said.items() if value is not None}, signer
        )

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


def who(browser: TestClient, cookies: dict[str, str] | None = None) -> str | None:
    """Return the user name of who is signed in; by other cookies than the browser's, if given."""
    if cookies is not None:
        browser.cookies.clear()
        browser.cookies.update(cookies)
    user = browser.get("/session").json()["user"]
    return None if user is None else str(user["userName"])


def sign_out(browser: TestClient, token: str, **headers: str) -> httpx2.Response:
    """Say so to the server, as the provider does: without a cookie."""
    browser.cookies.clear()
    return browser.post("/login/openid/out", data={"logout_token": token}, headers=headers)


def signed_in(
    browser: TestClient, institution: Institution, subject: str, **claims: Any
) -> dict[str, str]:
    """Sign in anew and return the cookies."""
    browser.cookies.clear()
    institution.tell(subject, preferred_username=f"person-{subject}", **claims)
    assert sign_in(browser, subject).status_code == 303
    return dict(browser.cookies)


def test_who_signs_out_at_the_provider_is_signed_out_here(
    browser: TestClient, started: Micrograph, institution: Institution
) -> None:
    first, second = (signed_in(browser, institution, "31") for _ in range(2))
    other = signed_in(browser, institution, "32")

    answer = sign_out(browser, institution.logout_token(sub="31"))

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert [who(browser, one) for one in (first, second, other)] == [None, None, "person-32"]
    with started.database.reading() as session:
        entry = models.AuditEntry
        found = session.scalars(sa.select(entry).where(entry.action == "sign out elsewhere")).all()
        assert len(found) == 2
        assert all(one.actor_id is None for one in found)
        assert all(one.subject.startswith("SignInSession:") for one in found)


def test_only_the_session_that_ended_there_ends_here(
    browser: TestClient, institution: Institution
) -> None:
    first = signed_in(browser, institution, "33", sid="laptop")
    second = signed_in(browser, institution, "33", sid="desk")

    sign_out(browser, institution.logout_token(sub="33", sid="desk"))
    both = [who(browser, one) for one in (first, second)]
    sign_out(browser, institution.logout_token(sub="34", sid="laptop"))
    of_another = who(browser, first)
    sign_out(browser, institution.logout_token(sid="laptop"))

    assert both == ["person-33", None]
    assert of_another == "person-33"
    assert who(browser, first) is None


def test_other_ways_of_signing_in_go_on(
    browser: TestClient, started: Micrograph, institution: Institution, root: Viewer
) -> None:
    signed_in(browser, institution, "35")
    with started.database.writing() as session:
        person = session.scalars(
            sa.select(models.Experimenter.id).where(models.Experimenter.user_name == "person-35")
        ).one()
        secret = open_session(session, person, way="password")

    sign_out(browser, institution.logout_token(sub="35"))

    with started.database.reading() as session:
        assert viewer_of_session(session, secret) is not None


def test_a_logout_token_works_once_and_not_on_who_signed_in_later(
    browser: TestClient, institution: Institution, started: Micrograph
) -> None:
    cookies = signed_in(browser, institution, "36")
    token = institution.logout_token(sub="36")
    early = institution.logout_token(sub="36", iat=int(time.time()) - 120)

    assert sign_out(browser, early).status_code == 200
    assert who(browser, cookies) == "person-36"
    assert sign_out(browser, token).status_code == 200
    assert who(browser, cookies) is None
    again = signed_in(browser, institution, "36")
    answer = sign_out(browser, token)
    assert answer.status_code == 400
    assert "used before" in answer.json()["error"]["message"]
    assert who(browser, again) == "person-36"


def test_a_logout_token_that_could_not_be_obeyed_is_not_spent(
    browser: TestClient, institution: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = signed_in(browser, institution, "37")
    token = institution.logout_token(sub="37")

    def locked(*_: Any) -> int:
        raise UnavailableError("The database is busy.", "Try again in a moment.")

    with monkeypatch.context() as patched:
        patched.setattr("store.sign_in.close_sessions_from", locked)
        assert sign_out(browser, token).status_code == 503
    assert who(browser, cookies) == "person-37"
    assert sign_out(browser, token).status_code == 200
    assert who(browser, cookies) is None


NOW = int(time.time())
FALSE_TOKENS: dict[str, dict[str, Any]] = {
    "of another provider": {"iss": "https://example.org"},
    "for another client": {"aud": "somebody-else"},
    "for nobody": {"aud": None},
    "without a time": {"iat": None},
    "old": {"iat": NOW - 3_600, "exp": None},
    "of tomorrow": {"iat": NOW + 86_400, "exp": None},
    "ended": {"exp": NOW - 3_600},
    "without an event": {"events": None},
    "of another event": {"events": {"http://example.org/other": {}}},
    "of no event": {"events": [LOGOUT_EVENT]},
    "of an event that is no object": {"events": {LOGOUT_EVENT: True}},
    "about nobody": {"sub": None},
    "about a number": {"sub": 7},
    "with a nonce": {"nonce": "n"},
    "without a mark": {"jti": None},
    "with a mark that is no text": {"jti": {"a": 1}},
    "of another kind": {"header": {"typ": "at+jwt"}},
    "of another key": {"key": joserfc.jwk.RSAKey.generate_key(private=True)},
    "signed by a password": {
        "header": {"alg": "HS256"},
        "key": joserfc.jwk.OctKey.import_key(SECRET * 4),
    },
}


@pytest.mark.parametrize("false", FALSE_TOKENS, ids=str)
def test_false_logout_tokens_end_nothing(
    browser: TestClient, institution: Institution, false: str
) -> None:
    cookies = signed_in(browser, institution, "38")

    answer = sign_out(browser, institution.logout_token(**{"sub": "38", **FALSE_TOKENS[false]}))

    assert answer.status_code == 400
    assert "no logout token" in answer.json()["error"]["message"]
    assert who(browser, cookies) == "person-38"


def test_an_unsigned_logout_token_ends_nothing(
    browser: TestClient, institution: Institution
) -> None:
    cookies = signed_in(browser, institution, "39")
    _, body, _ = institution.logout_token(sub="39").split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")

    for token in (f"{head}.{body}.", "nonsense", "", "a.b.c", "\N{SNOWMAN}"):
        assert sign_out(browser, token).status_code == 400
    assert who(browser, cookies) == "person-39"


def test_an_identity_token_is_no_logout_token(
    browser: TestClient, started: Micrograph, institution: Institution
) -> None:
    asked = browser.get("/login/openid")
    back = httpx2.post(asked.headers["location"], data={"sub": "40"}).headers["location"]
    attempt = Attempt.unpacked(asked.cookies["micrograph-8080-openid"])
    assert attempt is not None
    assert started.openid is not None
    code = parse_qs(urlsplit(back).query)["code"][0]
    token = started.openid._exchanged(code, attempt.verifier, f"{BASE}/login/openid/back")

    assert sign_out(browser, token["id_token"]).status_code == 400


def test_keys_that_were_changed_sign_logout_tokens_too(
    chosen: Settings, institution: Institution
) -> None:
    provider = Provider(chosen, again_s=0)
    httpx2.get(f"{institution.issuer}/.well-known/openid-configuration")
    provider.left(institution.logout_token(sub="41"))
    institution.change_keys()

    assert provider.left(institution.logout_token(sub="41")).subject == "41"


def test_a_page_of_another_site_signs_nobody_out(
    browser: TestClient, institution: Institution
) -> None:
    cookies = signed_in(browser, institution, "42")
    token = institution.logout_token(sub="42")

    assert sign_out(browser, token, origin="https://example.org").status_code == 403
    assert sign_out(browser, token, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert who(browser, cookies) == "person-42"
    assert sign_out(browser, token).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("logout_token=a", "application/json", 415),
        ("logout_token=a", "text/plain", 415),
        ("", "application/x-www-form-urlencoded", 400),
        ("logout_token=a&logout_token=b", "application/x-www-form-urlencoded", 400),
        ("&".join("a=b" for _ in range(50)), "application/x-www-form-urlencoded", 400),
        ("a" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
    ],
)
def test_other_bodies_than_one_token_are_refused(
    browser: TestClient, content: str | bytes, kind: str, status: int
) -> None:
    answer = browser.post("/login/openid/out", content=content, headers={"content-type": kind})

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("started", [{"oidc_issuer": ""}], indirect=True)
def test_without_a_provider_there_is_nothing_to_sign_out_from(browser: TestClient) -> None:
    assert sign_out(browser, "a").status_code == 404
