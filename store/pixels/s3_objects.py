"""Objects of an S3 bucket, or of a service that works like it, by obstore."""

from typing import Any

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from store.errors import UnavailableError, UnreadableFileError
from store.pixels.addresses import Address
from store.pixels.fetched import Fetched
from store.pixels.s3_access import S3Access


class S3Objects:
    """The objects below an address; thread-safe."""

    def __init__(self, address: Address, access: S3Access) -> None:
        self._address = address
        endpoint = access.endpoint or f"https://s3.{access.region}.amazonaws.com"
        signed: dict[str, Any] = {"skip_signature": True}
        if access.key_id:
            signed = {"access_key_id": access.key_id, "secret_access_key": access.secret}
        self._store = S3Store(
            address.host,
            endpoint=endpoint,
            region=access.region,
            virtual_hosted_style_request=False,
            client_options={
                "connect_timeout": "5s",
                "timeout": "30s",
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 2},
            **signed,
        )

    def fetch(self, key: str, start: int | None, length: int) -> Fetched | None:
        """Bytes of an object; see `store.pixels.remote.Objects.fetch`."""
        name = "/".join(filter(None, (self._address.path, key)))
        wanted: Any = {}
        if start is not None:
            wanted = {"range": {"suffix": length} if start < 0 else (start, start + length)}
        try:
            found = obstore.get(self._store, name, options=wanted)
            meta = found.meta
            if start is None and meta["size"] > length:
                raise self._unreadable(key, f"it has {meta['size']} bytes, more than {length}")
            data = bytes(found.bytes())
        except FileNotFoundError:
            return None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._unreadable(key, "the bucket does not allow it") from error
        except (BaseError, OSError) as error:
            why = str(error).partition("\n")[0][:200]
            raise UnavailableError(
                f"{key} of {self._address} cannot be reached: {why}.", "Try again later."
            ) from error
        if start is not None and len(data) != length:
            raise self._unreadable(key, f"{len(data)} bytes came instead of {length}")
        moment = int(meta["last_modified"].timestamp() * 1000) * 10**6
        return Fetched(data, meta["size"], meta["e_tag"] or "", moment)

    def close(self) -> None:
        """Nothing: connections close by themselves."""

    def _unreadable(self, key: str, why: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{key} of {self._address} cannot be read: {why}.", path=str(self._address)
        )
