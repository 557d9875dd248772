"""An LDAP directory: whether it knows a name and a password, and what it says about the person.

The person's entry is looked for, then bound to with the password, then the person's groups are
looked for. Connections last for one sign-in.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.settings import Settings, is_loopback
from store.edits.external import Claimed
from store.errors import UnavailableError

if TYPE_CHECKING:
    from sansldap import LDAPMessage

PATIENCE_S = 5.0
"""How long the directory may take for one answer."""
ANSWER_LIMIT = 4 << 20
MOST_GROUPS = 5_000
_PERSON = [
    "entryUUID",
    "objectGUID",
    "uid",
    "sAMAccountName",
    "givenName",
    "sn",
    "mail",
    "memberOf",
]
_ESCAPED = {ord(one): f"\\{ord(one):02x}" for one in "\\*()\0"}

type Attributes = dict[str, list[bytes]]


class Directory:
    """One LDAP directory; thread-safe. Asks it in worker threads, when somebody signs in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def find(self, user: str, password: str) -> Claimed | None:
        """Return what the directory says about a person, if the password is right.

        Args:
            user: As typed.
            password: As typed; an empty one is never right, whatever the directory says.

        Raises:
            UnavailableError: The directory does not answer, or not as it should.
        """
        if not user or not password or "\0" in password or not user.isprintable():
            return None
        from sansldap import LDAPError

        try:
            with self._opened() as connection:
                return self._found(connection, user, password)
        except (OSError, LDAPError, ValueError) as error:
            raise _away() from error

    def _found(self, connection: "_Connection", user: str, password: str) -> Claimed | None:
        settings = self._settings
        self._bind_as_reader(connection)
        wanted = settings.ldap_user_filter.format(user=escaped(user))
        people = connection.search(settings.ldap_base, wanted, _PERSON, 2)
        if len(people) != 1 or not connection.bind(people[0][0], password):
            return None
        (dn, person), *_ = people
        self._bind_as_reader(connection)
        wanted = settings.ldap_group_filter.format(dn=escaped(dn), user=escaped(user))
        groups = connection.search(settings.ldap_base, wanted, ["cn"], MOST_GROUPS)
        return self._claimed(user, dn, person, groups)

    def _bind_as_reader(self, connection: "_Connection") -> None:
        settings = self._settings
        if not connection.bind(settings.ldap_bind_dn, settings.ldap_bind_password):
            raise UnavailableError(
                "The directory does not let this server look for people.",
                "Ask an administrator to check MICROGRAPH_LDAP_BIND_DN and its password.",
            )

    def _claimed(
        self, user: str, dn: str, person: Attributes, groups: list[tuple[str, Attributes]]
    ) -> Claimed:
        def said(*names: str) -> str:
            values = [one for name in names for one in person.get(name.lower(), ())]
            return values[0].decode("utf-8", "replace") if values else ""

        guid = person.get("objectguid", [b""])[0].hex()
        names = {group for group, _ in groups}
        for _, facts in groups:
            names |= {one.decode("utf-8", "replace") for one in facts.get("cn", ())}
        names |= {one.decode("utf-8", "replace") for one in person.get("memberof", ())}
        return Claimed(
            issuer=f"{self._settings.ldap_url}/{self._settings.ldap_base}",
            subject=said("entryUUID") or guid or dn.lower(),
            user_name=said("uid", "sAMAccountName") or user,
            first_name=said("givenName"),
            last_name=said("sn"),
            email=said("mail"),
            groups=frozenset(names),
        )

    @contextmanager
    def _opened(self) -> Iterator["_Connection"]:
        parts = urlsplit(self._settings.ldap_url)
        host = parts.hostname or ""
        tls = parts.scheme == "ldaps"
        context = ssl.create_default_context(cafile=self._settings.ldap_certificates)
        with socket.create_connection(
            (host, parts.port or (636 if tls else 389)), PATIENCE_S
        ) as plain:
            if tls:
                with context.wrap_socket(plain, server_hostname=host) as secured:
                    yield _Connection(secured)
            elif is_loopback(host):
                yield _Connection(plain)
            else:
                connection = _Connection(plain)
                connection.start_tls()
                with context.wrap_socket(plain, server_hostname=host) as secured:
                    connection.socket = secured
                    yield connection


class _Connection:
    """Asks one thing after the other."""

    def __init__(self, opened: socket.socket) -> None:
        from sansldap import LDAPClient

        self.socket = opened
        self._client = LDAPClient()
        self._read = 0

    def bind(self, dn: str, password: str) -> bool:
        """Whether an entry has this password; nobody at all, where both are empty."""
        from sansldap import BindResponse, LDAPResultCode

        self._client.bind_simple(dn, password)
        for message in self._answers():
            if isinstance(message, BindResponse):
                code = message.result.result_code
                if code not in (LDAPResultCode.SUCCESS, *_REFUSALS):
                    raise _away()
                return code == LDAPResultCode.SUCCESS
        raise _away()

    def search(
        self, base: str, wanted: str, attributes: list[str], most: int
    ) -> list[tuple[str, Attributes]]:
        """Return names and attributes of entries; names of attributes in lower case."""
        from sansldap import LDAPFilter, LDAPResultCode, SearchResultDone, SearchResultEntry

        self._client.search_request(
            base,
            size_limit=most,
            time_limit=int(PATIENCE_S),
            filter=LDAPFilter.from_string(wanted),
            attributes=attributes,
        )
        found: list[tuple[str, Attributes]] = []
        for message in self._answers():
            if isinstance(message, SearchResultEntry):
                facts = {one.name.lower(): list(one.values) for one in message.attributes}
                found.append((message.object_name, facts))
            elif isinstance(message, SearchResultDone):
                good = (LDAPResultCode.SUCCESS, LDAPResultCode.SIZE_LIMIT_EXCEEDED)
                if message.result.result_code not in good:
                    raise _away()
                return found
        raise _away()

    def start_tls(self) -> None:
        """Agree that what follows is secured."""
        from sansldap import ExtendedOperations, ExtendedResponse, LDAPResultCode

        self._client.extended_request(ExtendedOperations.LDAP_START_TLS.value)
        for message in self._answers():
            if isinstance(message, ExtendedResponse):
                if message.result.result_code == LDAPResultCode.SUCCESS:
                    return
                break
        raise _away()

    def _answers(self) -> "Iterator[LDAPMessage]":
        self.socket.sendall(self._client.data_to_send())
        while True:
            received = self.socket.recv(65_536)
            self._read += len(received)
            if not received or self._read > ANSWER_LIMIT:
                raise _away()
            yield from self._client.receive(received)


_REFUSALS = (32, 34, 48, 49, 53)
"""No such entry, no name of one, no password allowed, the wrong one, or not willing to look."""


def escaped(text: str) -> str:
    r"""Return text so that it is only itself in a filter.

    >>> escaped("a*)(uid=*")
    'a\\2a\\29\\28uid=\\2a'
    """
    return text.translate(_ESCAPED)


def _away() -> UnavailableError:
    return UnavailableError(
        "The directory that knows your password does not answer as it should.",
        "Try again later; if it stays, ask an administrator to look at it.",
    )
