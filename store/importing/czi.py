"""Reads Zeiss CZI: scenes as images, whole planes by their chunks, mosaics by their tiles."""

import logging
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
from czifile import CziFile

from store.errors import UnreadableFileError, reason
from store.importing import czi_metadata
from store.importing.czi_subblocks import Place, Scene, scenes
from store.importing.fact_records import check_channels, parsed_fileset
from store.importing.facts import Acquired, ChannelFacts, FoundImage
from store.importing.found import FoundFileset
from store.importing.layout import Layout, PlacedPlane, Stored
from store.importing.mosaic import MosaicLevel, Tile, stored_mosaic
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane, check_sizes, raw_plane, whole_plane
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.image_header import encoded_size
from store.pixels.source import FileIdentity

_JPEG = 7
_ATTACHMENT_HEADER = 32 + 256
"""Bytes of an attachment's segment before what is attached."""
_MAX_ATTACHMENT = 64 * 2**20
_MAX_ATTACHMENTS = 64
_MAX_PREVIEW_PIXELS = 16 * 2**20

# czifile reports oddities of files; people learn of those that matter by typed errors.
logging.getLogger("czifile").addHandler(logging.NullHandler())
logging.getLogger("czifile").propagate = False


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """One file holds all its scenes; see `store.importing.readers.Reader`."""
    return FoundFileset(kind, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one file; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    with CziFile(found.master) as file:
        if file.header.file_part:
            raise UnreadableFileError(
                f"{found.master.name} is a part of a file that was split.", "Save it as one file."
            )
        said = czi_metadata.of(_xml(file), found.master.name)
        listed = scenes(file, identity)
        check_channels(max(scene.sizes[1] for scene in listed))
        names = _names(listed, said, found.master.name)
        images = [
            FoundImage(
                said.facts(name, scene, number == 0, _own_words(found.master, scene)),
                _stored(scene, identity),
                rgb=_is_rgb(scene),
            )
            for number, (scene, name) in enumerate(zip(listed, names, strict=True))
        ]
        images += _attached(file, identity, found.master.name)
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], images)


def _xml(file: CziFile) -> str:
    """The metadata; none if they are not where the header says, as a search may never end."""
    if not _is_segment(file, file.header.metadata_position, b"ZISRAWMETADATA"):
        return ""
    segment = file.metadata_segment
    return segment.data() if segment is not None else ""


def _is_segment(file: CziFile, position: int, name: bytes) -> bool:
    return position > 0 and bytes(file._read_at(position, len(name))) == name


def _is_rgb(scene: Scene) -> bool:
    return scene.levels[0][0].encoding.samples >= 3 and scene.sizes[1] == 1


def _names(listed: Sequence[Scene], said: czi_metadata.Said, name: str) -> list[str]:
    found = []
    for number, scene in enumerate(listed):
        words = [said.scene_names.get(scene.number) or f"#{number + 1}"]
        words += [f"{axis}{at}" for axis, at in scene.extra if _varies(listed, axis)]
        found.append(f"{name} [{' '.join(words)}]" if len(listed) > 1 else name)
    return found


def _varies(listed: Sequence[Scene], axis: str) -> bool:
    return len({at for scene in listed for name, at in scene.extra if name == axis}) > 1


def _stored(scene: Scene, identity: FileIdentity) -> Layout | Stored:
    size_t, size_c, size_z = scene.sizes
    levels = _mosaic_levels(scene)
    if all(_is_whole(level) for level in levels):
        return _layout(scene, levels, identity)
    return stored_mosaic(size_t, size_c, size_z, levels)


def _mosaic_levels(scene: Scene) -> list[MosaicLevel]:
    left = min(one.x for one in scene.levels[0])
    top = min(one.y for one in scene.levels[0])
    found: list[MosaicLevel] = []
    for subblocks in scene.levels:
        scale = subblocks[len(subblocks) // 2].scale
        tiles: dict[Place, list[Tile]] = {}
        for one in subblocks:
            x, y = round((one.x - left) / scale), round((one.y - top) / scale)
            tiles.setdefault(one.place, []).append(
                Tile(0, x, y, one.width, one.height, one.encoding, one.offset, one.length)
            )
        if found:
            ratio = scale / scene.scale
            width, height = -(-found[0].width // ratio), -(-found[0].height // ratio)
        else:
            every = [tile for listed in tiles.values() for tile in listed]
            width = max(tile.x + tile.width for tile in every)
            height = max(tile.y + tile.height for tile in every)
        check_sizes(int(width), int(height))
        found.append(MosaicLevel(int(width), int(height), tiles))
    return found


def _is_whole(level: MosaicLevel) -> bool:
    """Each plane is one chunk."""
    whole = (0, 0, level.width, level.height)
    return all(
        len(tiles) == 1 and (tiles[0].x, tiles[0].y, tiles[0].width, tiles[0].height) == whole
        for tiles in level.tiles.values()
    )


def _layout(scene: Scene, levels: Sequence[MosaicLevel], identity: FileIdentity) -> Layout:
    size_t, size_c, size_z = scene.sizes

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        tiles = levels[level].tiles.get((t, group, z))
        return PlacedPlane(0, _plane(tiles[0], identity)) if tiles else None

    first = next(iter(levels[0].tiles.values()))[0]
    return Layout(
        size_t, size_c, size_z, PlacedPlane(0, _plane(first, identity)), len(levels), plane
    )


def _plane(tile: Tile, identity: FileIdentity) -> StoredPlane:
    if tile.encoding.compression == NONE:
        return raw_plane(0, tile.height, tile.offset, tile.encoding, identity.size)
    return whole_plane(0, tile.height, tile.offset, tile.length, tile.encoding, identity.size)


def _own_words(path: Path, scene: Scene) -> Iterator[tuple[Place, bytes]]:
    """What the first subblock of each plane says of itself."""
    seen: set[Place] = set()
    with path.open("rb") as file:
        for one in scene.levels[0]:
            offset, length = one.metadata
            if one.place in seen or not 0 < length <= czi_metadata.MAX_SUBBLOCK_BYTES:
                continue
            if len(seen) >= czi_metadata.MAX_SUBBLOCKS:
                return
            seen.add(one.place)
            file.seek(offset)
            yield one.place, file.read(length)


def _attached(file: CziFile, identity: FileIdentity, name: str) -> list[FoundImage]:
    """Thumbnail, label and preview of the slide; those that cannot be read are left out."""
    found: list[FoundImage] = []
    if not _is_segment(file, file.header.attachment_directory_position, b"ZISRAWATTDIR"):
        return found
    try:
        entries = file.attachment_directory
        for entry in entries[:_MAX_ATTACHMENTS]:
            found += _attachment(file, entry, identity, name)
    except Exception as error:  # noqa: BLE001  hostile files raise twenty kinds of exceptions
        facts = {"file": name, "why": reason(error)}
        logging.getLogger(__name__).info("attachments left out", extra=facts)
    return found


def _attachment(file: CziFile, entry: Any, identity: FileIdentity, name: str) -> list[FoundImage]:
    kind = str(entry.content_file_type)
    title = re.sub(r"[^\w ]", "", str(entry.name)).lower() or "attachment"
    if kind not in ("JPG", "CZI"):
        return []
    segment = entry.read_segment_data(file)
    start = entry.file_position + _ATTACHMENT_HEADER
    length = int(segment.data_size)
    if not 0 < length <= min(_MAX_ATTACHMENT, identity.size - start):
        return []
    data = bytes(file._read_at(start, length))
    facts = Acquired(f"{name} [{title}]")
    if kind == "CZI":
        with CziFile(BytesIO(data)) as inner:
            return [
                FoundImage(facts, _stored(scene, identity), _is_rgb(scene))
                for scene in scenes(inner, identity, start)
            ]
    size = encoded_size(data)
    if size is None or size[0] * size[1] > _MAX_PREVIEW_PIXELS:
        return []
    values = imagecodecs.jpeg_decode(data)
    samples = 1 if values.ndim == 2 else values.shape[2]
    encoding = Encoding(_JPEG, "u1", 8, size[0], size[1], samples=samples)
    plane = whole_plane(0, size[0], start, length, encoding, identity.size)
    facts = Acquired(f"{name} [{title}]", channels=[ChannelFacts(samples=samples)])
    placed = PlacedPlane(0, plane)
    return [FoundImage(facts, Layout(1, 1, 1, placed, 1, lambda *_: placed), samples == 3)]
