import concurrent.futures

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from app.auth import KnownSessions
from app.context import Micrograph, person_of
from store.access import Viewer
from store.edits.people import create_experimenter, deactivate
from tests.app.conftest import PASSWORD


@pytest.fixture
def ada(micrograph: Micrograph, administrator: Viewer) -> str:
    with micrograph.database.writing() as session:
        create_experimenter(session, administrator, "ada", password=PASSWORD, first_name="Ada")
    return "ada"


def test_nobody_is_signed_in_at_first(anybody: TestClient) -> None:
    assert anybody.get("/session").json() == {"user": None}


def test_the_printed_address_signs_the_administrator_in(
    anybody: TestClient, micrograph: Micrograph
) -> None:
    response = anybody.get("/login", params={"token": micrograph.tokens.issue()})

    assert response.status_code == 303
    assert response.headers["location"] == "/"
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert anybody.get("/session").json()["user"]["userName"] == "root"


def test_the_printed_address_works_once(anybody: TestClient, micrograph: Micrograph) -> None:
    token = micrograph.tokens.issue()
    anybody.get("/login", params={"token": token})
    anybody.cookies.clear()

    response = anybody.get("/login", params={"token": token})

    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert response.json()["error"]["code"] == "not_signed_in"
    assert "micrograph serve" in response.json()["error"]["remedy"]


def test_a_used_address_explains_itself_to_a_person(anybody: TestClient) -> None:
    response = anybody.get("/login?token=used", headers={"accept": "text/html"})

    assert response.status_code == 401
    assert response.headers["content-type"].startswith("text/html")
    assert "micrograph serve" in response.text


def test_pressing_the_address_again_in_the_same_browser_goes_to_the_first_page(
    anybody: TestClient, micrograph: Micrograph
) -> None:
    token = micrograph.tokens.issue()
    anybody.get("/login", params={"token": token})

    response = anybody.get("/login", params={"token": token})

    assert response.status_code == 303
    assert "set-cookie" not in response.headers


def test_a_preview_of_the_address_does_not_use_it_up(
    anybody: TestClient, micrograph: Micrograph
) -> None:
    token = micrograph.tokens.issue()

    anybody.head("/login", params={"token": token})

    assert anybody.get("/login", params={"token": token}).status_code == 303


def test_of_many_at_once_the_address_signs_one_in(
    anybody: TestClient, micrograph: Micrograph
) -> None:
    token = micrograph.tokens.issue()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(micrograph.tokens.redeem, [token] * 32))

    assert found.count(True) == 1


def test_a_password_signs_in(anybody: TestClient, ada: str) -> None:
    response = anybody.post("/session", json={"user": ada, "password": PASSWORD})

    assert response.status_code == 204
    user = anybody.get("/session").json()["user"]
    assert user["userName"] == "ada"
    assert user["firstName"] == "Ada"
    assert user["administrator"] is False
    assert user["id"].startswith("Experimenter:")


def test_a_cookie_that_came_over_tls_is_sent_over_tls_only(anybody: TestClient, ada: str) -> None:
    body = {"user": ada, "password": PASSWORD}
    plain = anybody.post("/session", json=body, headers={"origin": "http://127.0.0.1:8080"})
    behind = anybody.post("/session", json=body, headers={"origin": "https://127.0.0.1:8080"})

    assert "secure" not in plain.headers["set-cookie"].lower()
    assert "; secure" in behind.headers["set-cookie"].lower()
    assert "; httponly" in behind.headers["set-cookie"].lower()
    assert "; samesite=lax" in behind.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        ("nobody", PASSWORD),
        ("root", ""),
        ("", ""),
        ("ada", "x" * 3000),
    ],
)
def test_wrong_names_and_passwords_get_the_same_answer(
    anybody: TestClient, ada: str, user: str, password: str
) -> None:
    response = anybody.post("/session", json={"user": user, "password": password})

    assert response.status_code == 401
    error = response.json()["error"]
    assert error["code"] == "wrong_password"
    assert error["message"] == "Name and password do not belong to an open account."
    assert "set-cookie" not in response.headers


def test_guessing_is_slowed_down(anybody: TestClient, ada: str) -> None:
    wrong = {"user": ada, "password": "wrong"}

    answers = [anybody.post("/session", json=wrong) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    right = anybody.post("/session", json={"user": ada, "password": PASSWORD})
    assert right.status_code == 429


@pytest.mark.parametrize(
    "body",
    [{}, {"user": "ada"}, {"user": 1, "password": "x"}, {"user": "a", "password": "b", "admin": 1}],
)
def test_an_incomplete_sign_in_is_refused(anybody: TestClient, body: dict[str, object]) -> None:
    response = anybody.post("/session", json=body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_input"


def test_a_form_cannot_sign_in(anybody: TestClient, ada: str) -> None:
    response = anybody.post("/session", data={"user": ada, "password": PASSWORD})

    assert response.status_code == 415


def test_another_site_cannot_sign_a_browser_out(client: TestClient) -> None:
    response = client.delete("/session", headers={"origin": "https://evil.example"})

    assert response.status_code == 403
    assert client.get("/session").json()["user"]["userName"] == "root"


def test_signing_out_ends_the_session_everywhere(client: TestClient) -> None:
    cookies = dict(client.cookies)

    response = client.delete("/session")

    assert response.status_code == 204
    client.cookies.update(cookies)
    assert client.get("/session").json() == {"user": None}


def test_a_closed_account_is_signed_out_at_once(
    anybody: TestClient, ada: str, micrograph: Micrograph, administrator: Viewer
) -> None:
    anybody.post("/session", json={"user": ada, "password": PASSWORD})

    with micrograph.database.writing() as session:
        deactivate(session, administrator, ada)

    assert anybody.get("/session").json() == {"user": None}


@pytest.mark.parametrize("cookie", ["", "x", "x" * 4000, "\x7f", "ü"])
def test_a_made_up_cookie_signs_nobody_in(anybody: TestClient, cookie: str) -> None:
    headers = {b"cookie": f"micrograph-8080={cookie}".encode("latin-1")}

    response = anybody.get("/session", headers=headers)

    assert response.json() == {"user": None}


def turn_of(client: TestClient, cookies: str, address: str = "10.0.0.1") -> object:
    """Whose turn a request with these cookies takes."""
    headers = [(b"cookie", cookies.encode())] if cookies else []
    scope = {"type": "http", "app": client.app, "headers": headers, "client": (address, 50_000)}
    return person_of(Request(scope))


def signed_in(client: TestClient) -> str:
    """Sign ada in anew, and return the cookie."""
    client.cookies.clear()
    assert client.post("/session", json={"user": "ada", "password": PASSWORD}).status_code == 204
    return f"micrograph-8080={client.cookies['micrograph-8080']}"


def test_a_person_has_one_turn_whatever_cookies_come_along(anybody: TestClient, ada: str) -> None:
    cookie = signed_in(anybody)

    turns = {turn_of(anybody, f"n={n}; {cookie}; m={n}", f"10.0.0.{n}") for n in range(20)}

    assert turns == {turn_of(anybody, cookie)}


def test_a_person_has_one_turn_in_all_sessions(
    anybody: TestClient, micrograph: Micrograph, administrator: Viewer, ada: str
) -> None:
    first, second = signed_in(anybody), signed_in(anybody)
    anybody.cookies.clear()
    anybody.get("/login", params={"token": micrograph.tokens.issue()})
    root = f"micrograph-8080={anybody.cookies['micrograph-8080']}"

    assert first != second
    assert turn_of(anybody, first) == turn_of(anybody, second)
    assert turn_of(anybody, root) == administrator.experimenter_id
    assert turn_of(anybody, first) != turn_of(anybody, root)


def test_made_up_sessions_have_the_turn_of_their_address(anybody: TestClient) -> None:
    for n in range(20):
        anybody.get("/session", headers={"cookie": f"micrograph-8080=made-up-{n}"})

    turns = {turn_of(anybody, f"micrograph-8080=made-up-{n}") for n in range(20)}

    assert turns == {turn_of(anybody, "")}
    assert turn_of(anybody, "", "10.0.0.2") not in turns


def test_who_signs_out_has_the_turn_of_their_address_again(anybody: TestClient, ada: str) -> None:
    cookie = signed_in(anybody)
    anybody.delete("/session")

    assert turn_of(anybody, cookie) == turn_of(anybody, "")


def test_a_session_of_before_the_start_is_known_from_its_first_answer(
    anybody: TestClient, micrograph: Micrograph, ada: str
) -> None:
    cookie = signed_in(anybody)
    person = turn_of(anybody, cookie)
    micrograph.sessions = KnownSessions()
    before = turn_of(anybody, cookie)

    anybody.get("/session")

    assert before == turn_of(anybody, "")
    assert turn_of(anybody, cookie) == person
