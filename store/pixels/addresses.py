"""Addresses of remote hierarchies: which are allowed, and how they are written as paths."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from store.errors import NotAllowedError

SCHEMES = ("s3", "https", "http")
_COLLAPSED = re.compile(r"(s3|https?):/(?=[^/])")
"""How `Path` writes an address: it makes one slash of two."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_PART = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@ -]{1,1000}")
_REMEDY = "Address a hierarchy below one of the roots in MICROGRAPH_REMOTE_ROOTS."


@dataclass(frozen=True, slots=True)
class Address:
    """An address in one form: nobody can write the same place otherwise."""

    scheme: str
    host: str
    """Or the bucket."""
    port: int | None
    path: str
    """Without slashes at its ends."""

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}://{self.host}{port}" + (f"/{self.path}" if self.path else "")

    def is_below(self, root: "Address") -> bool:
        """Whether it is a root, or something below it."""
        same = (self.scheme, self.host, self.port) == (root.scheme, root.host, root.port)
        return same and (not root.path or f"{self.path}/".startswith(f"{root.path}/"))


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        NotAllowedError: It is none, or has a user, a query, a fragment, escapes or steps upwards.
    """
    try:
        found = urlsplit(text)
        port = found.port
    except ValueError as error:
        raise _refused(text) from error
    host = found.netloc.rpartition("@")[2].lower()
    host = host[: -len(f":{port}")] if port is not None else host.removesuffix(":")
    plain = text.isascii() and text.isprintable() and not any(sign in text for sign in "@?#%\\")
    parts = found.path.strip("/").split("/") if found.path.strip("/") else []
    clean = all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    if found.scheme not in SCHEMES or not plain or not clean or not _HOST.fullmatch(host):
        raise _refused(text)
    if port is not None and port == {"https": 443, "http": 80}.get(found.scheme):
        port = None
    return Address(found.scheme, host, port, "/".join(parts))


def allowed(text: str, roots: Sequence[str]) -> Address:
    """Read an address that is below one of the roots.

    Raises:
        NotAllowedError: It is not.
    """
    address = parse_address(text)
    if not any(address.is_below(parse_address(root)) for root in roots):
        raise NotAllowedError(f"{text[:200]} is not below a registered remote root.", _REMEDY)
    return address


def is_named_here(host: str) -> bool:
    """Whether a host is a private address, or this machine, by its very name.

    Who registers `http://127.0.0.1:9000/data` means it; a name that leads there does not.
    """
    if host == "localhost":
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def url_of(path: Path | str) -> str | None:
    """The address that a path stands for; none for one in the file system."""
    text, found = _COLLAPSED.subn(r"\1://", str(path).replace("://", ":/"), count=1)
    return text if found and text.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)) else None


def _refused(text: str) -> NotAllowedError:
    return NotAllowedError(f"{text[:200]!r} is no address that can be read from.", _REMEDY)


def written(path: Path) -> str:
    """A path as it is kept: an address with both its slashes."""
    return url_of(path) or str(path)
