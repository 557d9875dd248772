"""Metadata documents of a Zarr hierarchy: groups and arrays of format 2 or 3, each read once."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.beneath import is_key
from store.pixels.remote import RemoteFolder
from store.pixels.zarr_arrays import ZarrArray, array_of
from store.pixels.zarr_files import Document, ZarrFiles

type Json = Mapping[str, Any]

MAX_DOCUMENT = 64 * 2**20
MAX_DOCUMENTS = 500_000
VERSIONS = ("0.1", "0.2", "0.3", "0.4", "0.5")
"""Releases of OME-Zarr that are read."""
ROOTS = ("zarr.json", ".zattrs", ".zgroup")
"""Documents of which one is at the root of a hierarchy, the telling one first."""
_BARE = ("NaN", "Infinity")
"""Numbers that JSON does not have and Python writes into it."""


class Hierarchy:
    """Groups and arrays by their paths.

    Attributes:
        name: Of the hierarchy, for people.
        version: Zarr format of its documents, 2 or 3.
        documents: What was read, the root first.
    """

    def __init__(self, files: ZarrFiles, name: str) -> None:
        self.name = name
        self.documents: dict[str, Document] = {}
        self._files = files
        self._parsed: dict[bytes, Json] = {}
        self._arrays: dict[bytes, ZarrArray] = {}
        self._known: dict[str, bytes] | None = None
        self._consolidated: Document | None = None
        self.version = 3 if self._read("zarr.json") is not None else 2
        if isinstance(files, RemoteFolder):
            self._consolidate()

    def attributes(self, path: str) -> Json | None:
        """What a group says of itself in the terms of OME-Zarr; none if there is no such group.

        Raises:
            UnreadableFileError: Its document is damaged, or leads elsewhere.
        """
        if self.version == 2:
            data = self._read(_below(path, ".zattrs"))
            if data is None:
                return None if self._read(_below(path, ".zgroup")) is None else {}
            return self._object(data, _below(path, ".zattrs"))
        data = self._read(_below(path, "zarr.json"))
        if data is None:
            return None
        document = self._object(data, _below(path, "zarr.json"))
        if document.get("node_type") != "group":
            return None
        attributes = document.get("attributes")
        if not isinstance(attributes, dict):
            return {}
        found = attributes.get("ome", {})
        if not isinstance(found, dict):
            raise self.wrong(path, f"its ome attribute is {short(found)}")
        return found

    def array(self, path: str) -> tuple[ZarrArray, Document]:
        """An array and its metadata document.

        Raises:
            UnreadableFileError: There is none, or it is damaged.
            UnsupportedError: It is stored in a way that is not handled.
        """
        key = _below(path, "zarr.json" if self.version == 3 else ".zarray")
        data = self._read(key)
        if data is None:
            raise self.wrong(path, "the array is missing")
        found = self._arrays.get(data)
        if found is None:
            name = f"{path or 'the array'} of {self.name}"
            found = self._arrays[data] = array_of(self._object(data, key), name)
        return found, self.documents[key]

    def text(self, key: str) -> bytes | None:
        """A document that is no JSON; none if it is not there."""
        return self._read(key)

    def wrong(self, path: str, why: str) -> UnreadableFileError:
        """An error that says what is wrong with a group or array."""
        where = f"{path} of {self.name}" if path else self.name
        return UnreadableFileError(f"{where} cannot be read: {why}.", _REMEDY)

    def check_path(self, path: Any, group: str) -> str:
        """A path that a document names, from the root.

        Raises:
            UnreadableFileError: It is none, or leads out of its group.
        """
        if isinstance(path, str) and path.endswith("/"):
            path = path.rstrip("/")
        if not isinstance(path, str) or len(path) > 1000 or not is_key(path):
            raise self.wrong(group, f"it names the path {short(path)}, which is not below it")
        return _below(group, path)

    def check_version(self, found: Any, path: str) -> None:
        """Refuse another release than those known; none at all is passed over.

        Raises:
            UnsupportedError: It is another one.
        """
        if found is not None and found not in VERSIONS:
            where = f"{path} of {self.name}" if path else self.name
            raise UnsupportedError(
                f"{where} is of OME-Zarr version {short(found)}, not one of {', '.join(VERSIONS)}.",
                "Convert it to OME-Zarr 0.4 or 0.5.",
            )

    def _consolidate(self) -> None:
        """Take all documents from the one that repeats them, where there is one.

        A server answers thousands of small requests slowly.
        """
        key = "zarr.json" if self.version == 3 else ".zmetadata"
        data = self._read(key)
        document = self._object(data, key) if data is not None else {}
        if self.version == 3:
            document = document.get("consolidated_metadata") or {}
        nodes = document.get("metadata") if isinstance(document, dict) else None
        if not isinstance(nodes, dict):
            return
        root = {key: data} if data is not None and self.version == 3 else {}
        suffix = "/zarr.json" if self.version == 3 else ""
        self._known = {f"{path}{suffix}": orjson.dumps(node) for path, node in nodes.items()} | root
        self._consolidated = self.documents[key]

    def _read(self, key: str) -> bytes | None:
        if self._known is not None and self._consolidated is not None:
            if key in self._known:
                self.documents[key] = self._consolidated
            return self._known.get(key)
        found = self._files.document(key, MAX_DOCUMENT)
        if found is None:
            return None
        data, document = found
        self.documents[key] = document
        if len(self.documents) > MAX_DOCUMENTS:
            raise UnsupportedError(f"{self.name} has more than {MAX_DOCUMENTS} groups and arrays.")
        return data

    def _object(self, data: bytes, key: str) -> Json:
        known = self._parsed.get(data)
        if known is None:
            known = self._parsed[data] = self._decoded(data, key)
        return known

    def _decoded(self, data: bytes, key: str) -> Json:
        try:
            found = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            if not any(word.encode() in data for word in _BARE):
                raise self._no_json(key, error) from error
            try:
                found = json.loads(data)
            except (ValueError, RecursionError) as again:
                raise self._no_json(key, again) from again
        if not isinstance(found, dict):
            raise self._no_json(key, TypeError("it is no object"))
        return found

    def _no_json(self, key: str, error: Exception) -> UnreadableFileError:
        return UnreadableFileError(f"{key} of {self.name} is no JSON: {error}.", _REMEDY)


_REMEDY = "Write the metadata anew, or replace the store by an undamaged copy."


def short(found: Any) -> str:
    """A value of a document for an error."""
    return repr(found)[:80]


def _below(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key
