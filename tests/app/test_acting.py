import orjson
import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from store import audit, models
from store.edits.people import create_experimenter, deactivate, set_administrator
from store.models.enums import Privilege
from tests.app.conftest import BASE, PASSWORD
from tests.app.exported import World

ME = "{ viewer { userName } }"
RENAME = (
    'mutation { updateExperimenter(experimenter: "%s", lastName: "L") { experimenter { id } } }'
)
PROJECT = 'mutation { createProjects(items: [{name: "p"}]) { counts { done } } }'


@pytest.fixture
def helper(world: World) -> TestClient:
    """A browser of an administrator with the privilege Sudo only."""
    micrograph, root = world
    with micrograph.database.writing() as session:
        create_experimenter(
            session,
            root,
            "helper",
            password=PASSWORD,
            administrator=True,
            withheld=set(Privilege) - {Privilege.SUDO},
        )
        create_experimenter(session, root, "ada", password=PASSWORD, first_name="Ada")
        create_experimenter(session, root, "chief", password=PASSWORD, administrator=True)
    return browser_of(micrograph, "helper")


def browser_of(micrograph: Micrograph, name: str) -> TestClient:
    browser = TestClient(create_app(micrograph), base_url=BASE)
    assert browser.post("/session", json={"user": name, "password": PASSWORD}).status_code == 204
    return browser


def act(browser: TestClient, name: str) -> tuple[int, str]:
    answer = browser.post("/session/acting", json={"user": name})
    code = "" if answer.status_code == 204 else answer.json()["error"]["code"]
    return answer.status_code, code


def me(browser: TestClient) -> str:
    answer = browser.post("/graphql", json={"query": ME}).json()
    name: str = answer["data"]["viewer"]["userName"]
    return name


def test_an_administrator_acts_as_somebody_and_as_themselves_again(helper: TestClient) -> None:
    assert act(helper, "ada") == (204, "")
    told = helper.get("/session").json()
    assert told["user"]["userName"] == "ada"
    assert told["actedBy"]["userName"] == "helper"
    assert me(helper) == "ada"

    assert helper.delete("/session/acting").status_code == 204
    assert helper.get("/session").json()["actedBy"] is None
    assert me(helper) == "helper"


def test_what_is_done_meanwhile_names_both(helper: TestClient, world: World) -> None:
    act(helper, "ada")
    ada = helper.get("/session").json()["user"]["id"]
    for text in (RENAME % ada, PROJECT):
        answer = helper.post("/graphql", json={"query": text}).json()
        assert "errors" not in answer, answer
    helper.delete("/session/acting")

    micrograph, _ = world
    person, other = models.Experimenter, sqlalchemy.orm.aliased(models.Experimenter)
    with micrograph.database.reading() as session:
        lines = session.execute(
            sa.select(models.AuditEntry.action, person.user_name, other.user_name)
            .join(person, person.id == models.AuditEntry.actor_id)
            .join(other, other.id == models.AuditEntry.acted_by_id, isouter=True)
            .order_by(models.AuditEntry.id)
        ).all()
        events = session.execute(
            sa.select(person.user_name, other.user_name)
            .select_from(models.Event)
            .join(person, person.id == models.Event.experimenter_id)
            .join(other, other.id == models.Event.acted_by_id, isouter=True)
            .order_by(models.Event.id)
        ).all()
        assert audit.verify(session)[1] is None
    assert [tuple(line) for line in lines][-3:] == [
        ("act as", "helper", None),
        ("update experimenter", "ada", "helper"),
        ("act as oneself again", "helper", None),
    ]
    assert tuple(events[-1]) == ("ada", "helper")


def test_a_changed_name_of_who_acted_breaks_the_chain(helper: TestClient, world: World) -> None:
    act(helper, "ada")
    ada = helper.get("/session").json()["user"]["id"]
    helper.post("/graphql", json={"query": RENAME % ada})
    micrograph, root = world
    with micrograph.database.reading() as session:
        line = session.scalars(
            sa.select(models.AuditEntry).where(models.AuditEntry.acted_by_id.is_not(None))
        ).one()
        before = line.hash
        line.acted_by_id = root.experimenter_id
        assert audit._sealed(audit.FIRST, line) != before
        session.expunge_all()


def test_nobody_rises_by_acting(helper: TestClient, world: World) -> None:
    micrograph, root = world
    assert act(helper, "chief") == (403, "not_allowed")
    assert act(helper, "root") == (403, "not_allowed")
    assert act(helper, "helper") == (400, "invalid_input")
    assert act(helper, "nobody") == (404, "not_found")
    ada = browser_of(micrograph, "ada")
    assert act(ada, "helper") == (403, "not_allowed")
    act(helper, "ada")
    assert act(helper, "ada") == (403, "not_allowed")
    with micrograph.database.writing() as session:
        deactivate(session, root, "ada")
        create_experimenter(session, root, "closed")
        deactivate(session, root, "closed")
    fresh = browser_of(micrograph, "helper")
    assert act(fresh, "closed") == (404, "not_found")


def test_who_acts_makes_no_tokens_and_changes_no_passwords(helper: TestClient) -> None:
    act(helper, "ada")
    ada = helper.get("/session").json()["user"]["id"]
    for text in (
        'mutation { createAccessToken(name: "t") { secret } }',
        f'mutation {{ setPassword(experimenter: "{ada}", password: "{PASSWORD}") {{ experimenter {{ id }} }} }}',
    ):
        answer = helper.post("/graphql", json={"query": text}).json()
        assert answer["errors"][0]["extensions"]["code"] == "not_allowed", answer


def test_acting_ends_with_the_right_to_it(helper: TestClient, world: World) -> None:
    micrograph, root = world
    act(helper, "ada")
    assert me(helper) == "ada"

    with micrograph.database.writing() as session:
        set_administrator(session, root, "helper", False)

    assert helper.get("/session").json()["user"] is None


def test_acting_ends_when_the_person_gets_more_rights(helper: TestClient, world: World) -> None:
    micrograph, root = world
    act(helper, "ada")

    with micrograph.database.writing() as session:
        set_administrator(session, root, "ada", True)

    assert helper.get("/session").json()["user"] is None


def test_a_token_does_not_act(world: World, helper: TestClient) -> None:
    micrograph, _ = world
    chief = browser_of(micrograph, "chief")
    text = 'mutation { createAccessToken(name: "t", scope: ADMINISTER) { secret } }'
    made = chief.post("/graphql", json={"query": text}).json()["data"]["createAccessToken"]
    program = TestClient(
        create_app(micrograph),
        base_url=BASE,
        headers={"authorization": f"Bearer {made['secret']}"},
    )

    assert act(program, "ada") == (403, "not_allowed")


def test_nobody_signed_in_acts_as_nobody(world: World) -> None:
    micrograph, _ = world
    browser = TestClient(create_app(micrograph), base_url=BASE)

    assert browser.post("/session/acting", json={"user": "root"}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"user": 3}, {"user": "ada", "more": 1}])
def test_an_incomplete_wish_is_refused(helper: TestClient, body: dict[str, object]) -> None:
    assert (
        helper.post(
            "/session/acting",
            content=orjson.dumps(body),
            headers={"content-type": "application/json"},
        ).status_code
        == 400
    )
