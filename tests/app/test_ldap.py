"""Signing in with the password of a real LDAP directory, which runs on this machine for the tests."""

import dataclasses
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.context import Micrograph
from app.ldap import Directory
from app.main import create_app
from app.settings import Settings
from store import models
from store.edits.people import create_experimenter, create_group
from store.errors import UnavailableError
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import BASE, PASSWORD

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec"
SLAPD, SLAPADD = shutil.which("slapd", path=PATH), shutil.which("slapadd", path=PATH)
SCHEMA = Path("/etc/ldap/schema")
MODULES = Path("/usr/lib/ldap")
READER = "cn=reader,dc=example,dc=org"

pytestmark = pytest.mark.skipif(
    SLAPD is None or SLAPADD is None or not SCHEMA.exists(),
    reason="no slapd here: tests/app/slapd.sh installs it",
)

CONFIGURATION = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/pid
database mdb
suffix "dc=example,dc=org"
directory {folder}/rows
rootdn "cn=root,dc=example,dc=org"
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=example,dc=org" read by anonymous auth by * none
"""
ENTRIES = """
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,dc=example,dc=org
objectClass: person
cn: reader
sn: reader
userPassword: may read

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=ada,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
givenName: Ada
sn: Lovelace
mail: ada@example.org
userPassword: numbers of Bernoulli

dn: uid=grace,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: grace
cn: Grace
sn: Hopper
userPassword: a moth in the relay

dn: uid=root,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: root
cn: root
sn: root
userPassword: root of the directory

dn: cn=lab (mitosis),ou=people,dc=example,dc=org
objectClass: groupOfNames
cn: lab (mitosis)
member: uid=ada,ou=people,dc=example,dc=org
member: uid=grace,ou=people,dc=example,dc=org
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("slapd")
    (folder / "rows").mkdir()
    (folder / "conf").write_text(
        CONFIGURATION.format(schema=SCHEMA, modules=MODULES, folder=folder)
    )
    (folder / "entries").write_text(ENTRIES)
    assert SLAPADD
    assert SLAPD
    filled = [SLAPADD, "-f", str(folder / "conf"), "-l", str(folder / "entries")]
    subprocess.run(filled, check=True, capture_output=True)
    url = f"ldap://127.0.0.1:{free_port()}"
    served = subprocess.Popen(
        [SLAPD, "-d", "0", "-f", str(folder / "conf"), "-h", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield url
    served.terminate()
    served.wait(10)


@pytest.fixture
def chosen(address: str, tmp_path: Path, sqlite_template: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "micrograph.sqlite")
    return Settings(
        data=data,
        ldap_url=address,
        ldap_base="dc=example,dc=org",
        ldap_bind_dn=READER,
        ldap_bind_password="may read",
        external_groups=(("lab (mitosis)", "mitosis"),),
    )


@pytest.fixture
def started(chosen: Settings) -> Iterator[Micrograph]:
    micrograph = Micrograph(chosen)
    micrograph.start()
    with micrograph.database.writing() as session:
        root = viewer_by_experimenter(session, micrograph.administrator_id)
        create_group(session, root, "mitosis")
    yield micrograph
    micrograph.close()


@pytest.fixture
def browser(started: Micrograph) -> Iterator[TestClient]:
    with TestClient(create_app(started), base_url=BASE) as client:
        yield client


def sign_in(browser: TestClient, user: str, password: str) -> int:
    return browser.post("/session", json={"user": user, "password": password}).status_code


def test_the_password_of_the_directory_signs_in_and_makes_an_account(
    browser: TestClient, started: Micrograph
) -> None:
    assert sign_in(browser, "ada", "numbers of Bernoulli") == 204

    user = browser.get("/session").json()["user"]
    assert (user["userName"], user["firstName"], user["lastName"]) == ("ada", "Ada", "Lovelace")
    with started.database.reading() as session:
        names = session.scalars(
            sa.select(models.ExperimenterGroup.name)
            .join(models.Membership, models.Membership.group_id == models.ExperimenterGroup.id)
            .where(models.Membership.experimenter_id == int(user["id"].rpartition(":")[2]))
        ).all()
    assert names == ["mitosis"]
    assert sign_in(browser, "ADA", "numbers of Bernoulli") == 204
    assert browser.get("/session").json()["user"]["id"] == user["id"]


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        ("ada", "numbers of bernoulli"),
        ("ada", "a moth in the relay"),
        ("*", "numbers of Bernoulli"),
        ("ada)(uid=*", "numbers of Bernoulli"),
        ("a*", "numbers of Bernoulli"),
        ("reader", "may read"),
        ("nobody", "numbers of Bernoulli"),
        ("", ""),
    ],
)
def test_other_names_and_passwords_sign_nobody_in(
    browser: TestClient, user: str, password: str
) -> None:
    assert sign_in(browser, user, password) == 401


def test_the_directory_opens_no_account_of_our_own(
    browser: TestClient, started: Micrograph
) -> None:
    with started.database.writing() as session:
        root = viewer_by_experimenter(session, started.administrator_id)
        create_experimenter(session, root, "grace", password=PASSWORD)

    assert sign_in(browser, "grace", "a moth in the relay") == 401
    assert sign_in(browser, "grace", PASSWORD) == 204
    assert sign_in(browser, "root", "root of the directory") == 403
    assert sign_in(browser, "ROOT", "root of the directory") == 403


def test_a_directory_that_does_not_let_us_look_is_told_apart(chosen: Settings) -> None:
    directory = Directory(dataclasses.replace(chosen, ldap_bind_password="may not"))

    with pytest.raises(UnavailableError, match="look for people"):
        directory.find("ada", "numbers of Bernoulli")


def test_a_directory_that_is_away_opens_the_accounts_of_our_own_all_the_same(
    chosen: Settings,
) -> None:
    micrograph = Micrograph(dataclasses.replace(chosen, ldap_url=f"ldap://127.0.0.1:{free_port()}"))
    micrograph.start()
    with micrograph.database.writing() as session:
        root = viewer_by_experimenter(session, micrograph.administrator_id)
        create_experimenter(session, root, "linus", password=PASSWORD)
    with TestClient(create_app(micrograph), base_url=BASE) as browser:
        assert sign_in(browser, "linus", PASSWORD) == 204
        assert sign_in(browser, "ada", "numbers of Bernoulli") == 503
