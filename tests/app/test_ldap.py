"""Signing in with the password of a real LDAP directory, which runs on this machine for the tests."""

import dataclasses
import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
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
TLSCertificateFile {folder}/certificate
TLSCertificateKeyFile {folder}/key
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


def certify(folder: Path) -> None:
    """Make a key and a certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    place = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, False, False, False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    kind = serialization.PrivateFormat.PKCS8
    (folder / "key").write_bytes(key.private_bytes(pem, kind, plain))
    (folder / "certificate").write_bytes(certificate.public_bytes(pem))


@dataclasses.dataclass
class Served:
    """Where the directory is."""

    plain: str
    secured: str
    certificate: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("slapd")
    certify(folder)
    (folder / "rows").mkdir()
    (folder / "conf").write_text(
        CONFIGURATION.format(schema=SCHEMA, modules=MODULES, folder=folder)
    )
    (folder / "entries").write_text(ENTRIES)
    assert SLAPADD
    assert SLAPD
    filled = [SLAPADD, "-f", str(folder / "conf"), "-l", str(folder / "entries")]
    subprocess.run(filled, check=True, capture_output=True)
    ports = [free_port(), free_port()]
    found = Served(
        f"ldap://127.0.0.1:{ports[0]}", f"ldaps://127.0.0.1:{ports[1]}", folder / "certificate"
    )
    running = subprocess.Popen(
        [SLAPD, "-d", "0", "-f", str(folder / "conf"), "-h", f"{found.plain} {found.secured}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", ports[1]), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield found
    running.terminate()
    running.wait(10)


@pytest.fixture
def chosen(served: Served, tmp_path: Path, sqlite_template: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "micrograph.sqlite")
    return Settings(
        data=data,
        ldap_url=served.plain,
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


def test_a_secured_connection_is_made_to_whom_the_certificates_vouch_for(
    chosen: Settings, served: Served
) -> None:
    secured = dataclasses.replace(chosen, ldap_url=served.secured)
    trusting = dataclasses.replace(secured, ldap_certificates=served.certificate)

    found = Directory(trusting).find("ada", "numbers of Bernoulli")

    assert found is not None
    assert found.email == "ada@example.org"
    with pytest.raises(UnavailableError):
        Directory(secured).find("ada", "numbers of Bernoulli")


def test_a_connection_to_another_machine_is_secured_before_a_password_is_sent(
    chosen: Settings, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ldap.is_loopback", lambda _: False)
    trusting = dataclasses.replace(chosen, ldap_certificates=served.certificate)

    found = Directory(trusting).find("ada", "numbers of Bernoulli")

    assert found is not None
    assert found.user_name == "ada"
    with pytest.raises(UnavailableError):
        Directory(chosen).find("ada", "numbers of Bernoulli")


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
