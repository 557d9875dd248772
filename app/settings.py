"""Settings: the only reader of the environment.

Every field is a variable `MICROGRAPH_<FIELD>`; its documentation stands below it and is what
`micrograph config --explain` and docs/reference/settings.md print.
"""

import ast
import dataclasses
import difflib
import inspect
import ipaddress
import itertools
import os
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

import platformdirs

from app.errors import ConfigurationError
from store.errors import NotAllowedError
from store.pixels.addresses import parse_address

PREFIX = "MICROGRAPH_"
ELSEWHERE = frozenset({"MICROGRAPH_TEST_DATA", "MICROGRAPH_FAILPOINT"})
"""Variables with the prefix that are not settings of the application."""

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
MINUTE, HOUR, DAY = 60, 3_600, 86_400

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)?")
_SIZES = {
    "B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": 1 << 40,
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
}  # fmt: skip
_SPAN = re.compile(r"([0-9]+)\s*(s|min|h|d)?")
_SPANS = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of setting is read from text and shown again."""

    read: Callable[[str], Any]
    """Text → value; raises ValueError."""
    takes: str
    """What a good value looks like, for error messages."""
    show: Callable[[Any], str] = str


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return int(float(found[1]) * _SIZES[found[2] or "B"])


def _show_size(value: int) -> str:
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if value and value % _SIZES[unit] == 0:
            return f"{value // _SIZES[unit]}{unit}"
    return f"{value}B"


def _span(text: str) -> int:
    found = _SPAN.fullmatch(text.strip())
    if not found or int(found[1]) == 0:
        raise ValueError(text)
    return int(found[1]) * _SPANS[found[2] or "s"]


def _show_span(value: int) -> str:
    for unit in ("d", "h", "min"):
        if value % _SPANS[unit] == 0:
            return f"{value // _SPANS[unit]}{unit}"
    return f"{value}s"


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise ValueError(text)
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65_535:
        raise ValueError(text)
    return value


def _folder(text: str) -> Path:
    if not text.strip():
        raise ValueError(text)
    return Path(text).expanduser().absolute()


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(_folder(part) for part in text.split(os.pathsep) if part.strip())


def _host(text: str) -> str:
    name = text.strip().strip("[]")
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", name):
        raise ValueError(text)
    return name


def _names(text: str) -> tuple[str, ...]:
    return tuple(_host(part).lower() for part in text.split(",") if part.strip())


def _url(text: str) -> str:
    if not re.match(r"(sqlite|postgresql(\+psycopg)?)://", text):
        raise ValueError(text)
    return text


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(_address(part) for part in text.split())


def _address(text: str) -> str:
    try:
        return str(parse_address(text.strip()))
    except NotAllowedError as error:
        raise ValueError(text) from error


def _service(text: str) -> str:
    found = _address(text)
    if found.startswith("s3:"):
        raise ValueError(text)
    return found


def _word(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,512}", text.strip()):
        raise ValueError(text)
    return text.strip()


def _site(text: str) -> str:
    parts = urlsplit(text.strip())
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    own = not (parts.username or parts.query or parts.fragment)
    if not own or not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(text)
    return text.strip().rstrip("/")


def _public(text: str) -> str:
    found = urlsplit(text.strip())
    if found.scheme not in ("http", "https") or not found.hostname or found.path.strip("/"):
        raise ValueError(text)
    return f"{found.scheme}://{found.netloc}"


def _directory(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("ldap", "ldaps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(text)
    return text.strip().rstrip("/")


def _line(text: str) -> str:
    if not text.strip().isprintable() or len(text) > 1_024:
        raise ValueError(text)
    return text.strip()


def _words(text: str) -> str:
    return " ".join(_word(part) for part in text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in filter(str.strip, text.split(";")):
        theirs, equals, ours = _line(part).rpartition("=")
        if not (equals and theirs.strip() and ours.strip()):
            raise ValueError(text)
        found.append((theirs.strip(), ours.strip()))
    return tuple(found)


def _one_of(*values: str) -> Kind:
    def read(text: str) -> str:
        if text.lower() not in values:
            raise ValueError(text)
        return text.lower()

    return Kind(read, "one of " + ", ".join(values))


SIZE = Kind(_size, "a size such as 512MiB or 2GB", _show_size)
SPAN = Kind(_span, "a time such as 30s, 10min, 12h or 7d", _show_span)
COUNT = Kind(_count, "a whole number from 1 to 100000")
PORT = Kind(_port, "a port number from 0 to 65535 (0: any free one)")
FOLDER = Kind(_folder, "a folder")
TOOLS = Kind(_folder, "a folder", lambda value: "(PATH)" if value is None else str(value))
CERTIFICATES = Kind(_folder, "a file", lambda value: "(system)" if value is None else str(value))
FOLDERS = Kind(
    _folders,
    f"folders separated by {os.pathsep!r}",
    lambda value: os.pathsep.join(map(str, value)) or "(any)",
)
HOST = Kind(_host, "an address or host name, such as 127.0.0.1 or 0.0.0.0")
NAMES = Kind(_names, "host names separated by commas", lambda value: ",".join(value) or "(none)")
ADDRESSES = Kind(
    _addresses,
    "addresses such as s3://bucket/images or https://data.example.org, separated by spaces",
    lambda value: " ".join(value) or "(none)",
)
SERVICE = Kind(_service, "an address such as https://s3.example.org")
WORD = Kind(_word, "letters, digits and signs without spaces")
SECRET = Kind(
    _word, "letters, digits and signs without spaces", lambda value: "(set)" if value else "(none)"
)
URL = Kind(
    _url, "an address such as sqlite:////srv/micrograph.sqlite or postgresql+psycopg://host/name"
)

SITE = Kind(
    _site,
    "an address such as https://login.example.org/realms/science; http on this machine only",
    lambda value: value or "(none)",
)
PUBLIC = Kind(
    _public, "an address such as https://images.example.org", lambda value: value or "(none)"
)
DIRECTORY = Kind(
    _directory, "an address such as ldaps://ldap.example.org", lambda value: value or "(none)"
)
LINE = Kind(_line, "one line of text", lambda value: value or "(none)")
PASSPHRASE = Kind(_line, "one line of text", lambda value: "(set)" if value else "(none)")
WORDS = Kind(_words, "words separated by spaces")
PAIRS = Kind(
    _pairs,
    "pairs such as staff=mitosis; cn=leads,ou=groups,dc=example=mitosis, their name first",
    lambda value: "; ".join(f"{theirs}={ours}" for theirs, ours in value) or "(none)",
)


def _default_data() -> Path:
    return platformdirs.user_data_path("micrograph", appauthor=False)


def _setting(kind: Kind, default: Any = dataclasses.MISSING, **more: Any) -> Any:
    """Declare a field with its kind; Any because dataclasses' own `field` is typed by its use."""
    if default is not dataclasses.MISSING:
        more["default"] = default
    return field(metadata={"kind": kind}, **more)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about one running Micrograph that can be chosen from outside."""

    data: Path = _setting(FOLDER, default_factory=_default_data)  # noqa: RUF009  (a field)
    """Folder for everything that Micrograph writes: database, derived pyramid levels, tiles,
    thumbnails. Images stay where they are."""

    database: str = _setting(URL, "")
    """Address of the database. Unless given, the file `micrograph.sqlite` in the data folder."""

    host: str = _setting(HOST, "127.0.0.1")
    """Address to listen on. Anything but loopback needs an administrator password first."""

    port: int = _setting(PORT, 8080)
    """Port to listen on."""

    allowed_hosts: tuple[str, ...] = _setting(NAMES, ())
    """Further names under which browsers reach the server, such as that of a proxy. Requests
    for any other name are refused, which stops pages of other sites from reaching it."""

    allowed_roots: tuple[Path, ...] = _setting(FOLDERS, ())
    """Folders that images may be imported from. None named: any folder that the person who
    runs Micrograph may read."""

    bioformats: Path | None = _setting(TOOLS, None)  # noqa: RUF009  (a field)
    """Folder of Bio-Formats' command line tools, which `micrograph convert` runs. Unless given,
    those on PATH."""

    remote_roots: tuple[str, ...] = _setting(ADDRESSES, ())
    """Addresses below which OME-Zarr may be imported by reference. A name that leads to a private
    address is refused; a private address that is written here is not. None named: no addresses."""

    s3_endpoint: str = _setting(SERVICE, "")
    """Address of the service that has the buckets of `s3://` addresses. Unless given, Amazon's."""

    s3_region: str = _setting(WORD, "us-east-1")
    """Region of the buckets."""

    s3_key_id: str = _setting(WORD, "")
    """Id of the access key for buckets. Unless given, requests are not signed, which public
    buckets allow; nothing is taken from AWS's own variables and files."""

    s3_secret: str = _setting(SECRET, "")
    """Secret of the access key for buckets."""

    render_slots: int = _setting(COUNT, default_factory=lambda: os.cpu_count() or 2)
    """How many tiles and thumbnails are rendered at once."""

    metadata_slots: int = _setting(COUNT, 8)
    """How many database requests are answered at once."""

    queue: int = _setting(COUNT, 128)
    """How many requests may wait for a slot, half of them of one person; further ones are held for
    a moment and told to come back (503), as are those that somebody who asks for much has waiting
    for longer than 0.75 seconds while others wait too."""

    chunk_cache: int = _setting(SIZE, 256 * MIB)
    """Memory for decoded chunks of image files, and for what is used again for the next ones."""

    tile_cache: int = _setting(SIZE, 128 * MIB)
    """Memory for rendered tiles and thumbnails."""

    thumbnail_store: int = _setting(SIZE, 1 * GIB)
    """Disk space for rendered thumbnails, below the data folder."""

    import_thumbnails: Literal["yes", "no"] = _setting(_one_of("yes", "no"), "yes")
    """Whether an import makes the thumbnails of its images that lists show. They are made behind,
    while nobody waits for pictures; without, each is made when somebody sees it first."""

    tile_store: int = _setting(SIZE, 2 * GIB)
    """Disk space for rendered tiles of images as they are shown by default, below the data
    folder; they survive a restart. Tiles with settings of their own are kept in memory only."""

    derived_store: int = _setting(SIZE, 20 * GIB)
    """Disk space for pyramid levels that image files lack, below the data folder."""

    hash_rate: int = _setting(SIZE, 200 * 10**6)
    """Bytes in a second that are read at most to compute sums of files that a manifest asks
    for."""

    trash: int = _setting(SPAN, 90 * DAY)
    """How long ago things were deleted that `micrograph purge` removes for good; until then they can
    be brought back. Nothing is removed by itself."""

    upload_limit: int = _setting(SIZE, 1 << 40)
    """Bytes that one person may have uploaded and not imported yet; also the largest file."""

    upload_count: int = _setting(COUNT, 100_000)
    """Files that one person may have uploaded and not imported yet."""

    upload_lifetime: int = _setting(SPAN, 7 * DAY)
    """How long an upload is kept that is not completed and imported."""

    session_lifetime: int = _setting(SPAN, 30 * DAY)
    """How long a sign-in lasts at most, used or not."""

    session_idle: int = _setting(SPAN, 7 * DAY)
    """A sign-in that nobody uses for so long ends."""

    public_url: str = _setting(PUBLIC, "")
    """Address under which people reach the server where that is not its own, such as that of a
    proxy with TLS. Its name is allowed as if it were among the further names; behind https,
    browsers send the cookie of a sign-in by https alone."""

    oidc_issuer: str = _setting(SITE, "")
    """Address of an OpenID provider that people sign in at; everything else about it is asked
    there. None given: nobody does."""

    oidc_client_id: str = _setting(WORD, "micrograph")
    """Name under which the provider knows this server."""

    oidc_client_secret: str = _setting(SECRET, "")
    """What the provider knows it by. None given: it is a public client."""

    oidc_label: str = _setting(LINE, "your institution")
    """What the button of the sign-in page calls the provider."""

    oidc_scopes: str = _setting(WORDS, "openid profile email")
    """What is asked about people who sign in there."""

    oidc_user_claim: str = _setting(WORD, "preferred_username")
    """Where the provider says what an account made at the first sign-in is to be called."""

    oidc_groups_claim: str = _setting(WORD, "groups")
    """Where the provider says which groups somebody is in."""

    ldap_url: str = _setting(DIRECTORY, "")
    """Address of an LDAP directory that knows people's passwords. By ldap:// the connection is
    secured by StartTLS, except to this machine. None given: there is none."""

    ldap_base: str = _setting(LINE, "")
    """Entry of the directory below which people and groups are."""

    ldap_bind_dn: str = _setting(LINE, "")
    """Entry as which people are looked for. None given: anonymously."""

    ldap_bind_password: str = _setting(PASSPHRASE, "")
    """Its password."""

    ldap_user_filter: str = _setting(LINE, "(uid={user})")
    """How to find the entry of a person; {user} is the name that was typed."""

    ldap_group_filter: str = _setting(LINE, "(|(member={dn})(memberUid={user}))")
    """How to find the groups of a person, whose cn and whole names are theirs; {dn} is the
    person's entry."""

    ldap_certificates: Path | None = _setting(CERTIFICATES, None)  # noqa: RUF009  (a field)
    """File with the certificates that vouch for the directory. None given: the system's."""

    external_accounts: Literal["create", "known"] = _setting(_one_of("create", "known"), "create")
    """Whether the first sign-in of a person at the provider or with the directory's password makes
    an account (create), or only those sign in who have one (known)."""

    external_groups: tuple[tuple[str, str], ...] = _setting(PAIRS, ())
    """Which of the provider's or the directory's groups are which groups here, that must exist.
    People join and leave these at each sign-in; other groups are left alone. None given: new
    accounts are in the group `default`."""

    login_lifetime: int = _setting(SPAN, 12 * HOUR)
    """How long the one-time address that `micrograph serve` prints can be opened."""

    body_limit: int = _setting(SIZE, 1 * MIB)
    """Largest request body that the GraphQL address takes."""

    receive_timeout: int = _setting(SPAN, 15)
    """How long a client may take to send a request's headers, and again for its body."""

    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        _one_of("debug", "info", "warning", "error"), "info"
    )
    """Least important message that is logged."""

    log_format: Literal["text", "json"] = _setting(_one_of("text", "json"), "text")
    """Form of log lines: for people (text) or for machines (json)."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read settings from environment variables; what is absent or empty has its default.

        Args:
            env: Usually `os.environ`.

        Returns:
            The settings, with the database address filled in.

        Raises:
            ConfigurationError: A value cannot be used; names variable, value and remedy.
        """
        given: dict[str, Any] = {}
        for item in dataclasses.fields(cls):
            text = env.get(variable(item.name), "")
            if text:
                given[item.name] = _read(item, text)
        return cls(**given).completed()

    def completed(self) -> "Settings":
        """Return the settings with the database address that follows from the data folder."""
        if self.database:
            return self
        return dataclasses.replace(self, database=f"sqlite:///{self.data / 'micrograph.sqlite'}")

    @property
    def loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as `micrograph config --explain` shows it."""

    variable: str
    value: str
    source: Literal["environment", "default"]
    meaning: str
    takes: str


def variable(name: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + name.upper()


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def unknown_variables(env: Mapping[str, str]) -> list[str]:
    """Return one warning for each MICROGRAPH_ variable that is no setting, with the nearest match."""
    known = [variable(item.name) for item in dataclasses.fields(Settings)]
    warnings = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in known or name in ELSEWHERE:
            continue
        nearest = difflib.get_close_matches(name, known, 1, cutoff=0)[0]
        warnings.append(f"{name} is not a setting and has no effect; did you mean {nearest}?")
    return warnings


def explain(env: Mapping[str, str]) -> list[Explained]:
    """Return every setting with its value, where the value comes from, and its meaning.

    Raises:
        ConfigurationError: A value cannot be used.
    """
    settings, meanings = Settings.from_env(env), documentation()
    return [
        Explained(
            variable(item.name),
            _without_password(_kind(item).show(getattr(settings, item.name))),
            "environment" if env.get(variable(item.name)) else "default",
            meanings[item.name],
            _kind(item).takes,
        )
        for item in dataclasses.fields(Settings)
    ]


def documentation() -> dict[str, str]:
    """Return the text that stands below each field of Settings."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Settings)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    texts: dict[str, str] = {}
    for before, node in itertools.pairwise(body):
        if not isinstance(before, ast.AnnAssign) or not isinstance(before.target, ast.Name):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            texts[before.target.id] = " ".join(str(node.value.value).split())
    return texts


def page() -> str:
    """Return docs/reference/settings.md: every setting with its default and meaning."""
    lines = [
        "# Settings",
        "",
        "Micrograph is set by environment variables; `micrograph config --explain` prints the values in",
        "force and where they come from. This page is printed from `app/settings.py`.",
        "",
    ]
    meanings = documentation()
    for item in dataclasses.fields(Settings):
        kind = _kind(item)
        lines += [
            f"## {variable(item.name)}",
            "",
            meanings[item.name],
            "",
            f"Takes {kind.takes}. Default: {_default(item)}.",
            "",
        ]
    return "\n".join(lines)


_DEPENDS = {
    "data": "the platform's folder for application data, such as `~/.local/share/micrograph`",
    "database": "`micrograph.sqlite` in the data folder",
    "render_slots": "the number of processors",
}
"""Defaults that differ from machine to machine, in words."""


def _default(item: "dataclasses.Field[Any]") -> str:
    return _DEPENDS.get(item.name) or f"`{_kind(item).show(item.default)}`"


def _kind(item: "dataclasses.Field[Any]") -> Kind:
    kind: Kind = item.metadata["kind"]
    return kind


def _read(item: "dataclasses.Field[Any]", text: str) -> Any:
    kind = _kind(item)
    try:
        return kind.read(text)
    except ValueError:
        _refuse(variable(item.name), text, kind)


def _refuse(name: str, text: str, kind: Kind) -> NoReturn:
    shown = kind.show(text) if kind in (SECRET, PASSPHRASE) else _without_password(text)
    raise ConfigurationError(
        f"{name}={shown!r} cannot be used.",
        f"Give {kind.takes}, or unset it; `micrograph config --explain` lists all settings.",
    ) from None


def _without_password(text: str) -> str:
    """Hide the password of an address; the rest stays readable."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:…@", text)


if __name__ == "__main__":
    sys.stdout.write(page())
