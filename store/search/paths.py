"""How texts lead to the objects that are found by them: one path for each kind of text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.models.aliases import alias
from store.search.grammar import Field
from store.search.index import TEXTS

KINDS: Mapping[str, type[models.Base]] = {
    kind.__name__: kind
    for kind in (
        models.Project,
        models.Screen,
        models.Dataset,
        models.Plate,
        models.Folder,
        models.Image,
        models.Well,
        models.PlateAcquisition,
        models.ROI,
        models.Protocol,
        models.Run,
    )
}
"""What can be found, by name of the class; in the order in which results are listed."""

type Kinds = tuple[str, ...]
type Walk = Callable[[Viewer, Any, Kinds], Rows]
"""From an alias of the entity with the text to statement of two columns: kind and id of objects.
The kinds are those that the caller selects of these."""


@dataclass(frozen=True, slots=True)
class Path:
    """From the texts of one entity to objects."""

    source: type[models.Base]
    columns: tuple[str, ...]
    """With the text."""
    label: str
    """What the text is to the objects, for people: "name", "tag", "channel"."""
    fields: frozenset[Field]
    """Fields of the query's language that mean this text; a bare word means all of them."""
    walk: Walk | None
    """None where the row with the text is the object."""
    kinds: frozenset[str]
    """What it can lead to."""
    subkind: str | None = None
    """Kind of annotation."""

    @property
    def alias(self) -> Any:
        """The entity with the text, as `objects` names it."""
        return alias(self.source, "source")

    def objects(self, viewer: Viewer, kind: str | None = None) -> Rows:
        """Select kind and id of the objects, through rows that the viewer may see only.

        Args:
            viewer: Who searches.
            kind: The only one that the caller selects of these, if it is one; it has to.
        """
        # Only grants are asked about by kind: one statement is kept for all who have none.
        kinds = (kind,) if kind and viewer.shown else tuple(KINDS)
        return _objects(self, viewer, kinds, kind is None)

    def _objects(self, viewer: Viewer, kinds: Kinds) -> Rows:
        source = self.alias
        if self.walk is None:
            kind = sa.literal_column(f"'{self.source.__name__}'", sa.String)
            return select_visible(viewer, source, kind.label("kind"), source.id.label("id"))
        statement = self.walk(viewer, source, kinds)
        return statement if self.subkind is None else statement.where(source.kind == self.subkind)


@lru_cache(maxsize=1024)
def _objects(path: Path, viewer: Viewer, kinds: Kinds, every: bool) -> Rows:
    """Build the statement once for each viewer: that takes longer than most searches.

    A list of all kinds is a condition only for those who ask for `every` one: PostgreSQL sorts it
    anew for each object that is walked over.
    """
    statement = path._objects(viewer, kinds)
    if not every or len(path.kinds) == 1:
        return statement
    return statement.where(statement.selected_columns.kind.in_(list(KINDS)))


def _constant(kind: str) -> Any:
    return sa.literal_column(f"'{kind}'", sa.String).label("kind")


def _linked(viewer: Viewer, statement: Rows, annotation: Any, link: Any, kinds: Kinds) -> Rows:
    return statement.join(
        link, sa.and_(link.child_id == annotation.id, visible(viewer, link, parents=kinds))
    )


def _ends(link: Any) -> tuple[Any, Any]:
    return link.parent_type.label("kind"), link.parent_id.label("id")


def _annotation(viewer: Viewer, source: Any, kinds: Kinds) -> Rows:
    link = alias(models.AnnotationLink, "way")
    return _linked(viewer, select_visible(viewer, source, *_ends(link)), source, link, kinds)


def _pair(viewer: Viewer, source: Any, kinds: Kinds) -> Rows:
    link, annotation = alias(models.AnnotationLink, "way"), alias(models.Annotation, "way")
    # Reading a pair is reading its annotation, which is joined here.
    statement = select_visible(viewer, annotation, *_ends(link)).join(
        source, source.annotation_id == annotation.id
    )
    return _linked(viewer, statement, annotation, link, kinds)


def _attachment(viewer: Viewer, source: Any, kinds: Kinds) -> Rows:
    link, annotation = alias(models.AnnotationLink, "way"), alias(models.Annotation, "way")
    statement = select_visible(viewer, source, *_ends(link)).join(
        annotation, sa.and_(annotation.file_id == source.id, visible(viewer, annotation))
    )
    return _linked(viewer, statement, annotation, link, kinds)


def _channel(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    pixels = alias(models.Pixels, "way")
    statement = select_visible(viewer, source, _constant("Image"), pixels.image_id.label("id"))
    return statement.join(pixels, sa.and_(pixels.id == source.pixels_id, visible(viewer, pixels)))


def _file(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    image, entry = alias(models.Image, "way"), alias(models.FilesetEntry, "way")
    fileset = alias(models.Fileset, "way")
    statement = select_visible(viewer, source, _constant("Image"), image.id.label("id"))
    return (
        statement.join(entry, sa.and_(entry.original_file_id == source.id, visible(viewer, entry)))
        .join(fileset, sa.and_(fileset.id == entry.fileset_id, visible(viewer, fileset)))
        .join(image, image.fileset_id == fileset.id)
        .where(visible(viewer, image))
    )


def _roi(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    image_id = source.image_id.label("id")
    statement = select_visible(viewer, source, _constant("Image"), image_id)
    return statement.where(source.image_id.is_not(None))


def _shape(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    return select_visible(viewer, source, _constant("ROI"), source.roi_id.label("id"))


def _shape_on_image(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    roi = alias(models.ROI, "way")
    statement = select_visible(viewer, source, _constant("Image"), roi.image_id.label("id"))
    return statement.join(roi, sa.and_(roi.id == source.roi_id, visible(viewer, roi))).where(
        roi.image_id.is_not(None)
    )


def _reagent(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    link = alias(models.WellReagentLink, "way")
    statement = select_visible(viewer, source, _constant("Well"), link.parent_id.label("id"))
    return statement.join(link, sa.and_(link.child_id == source.id, visible(viewer, link)))


def _step(viewer: Viewer, source: Any, _kinds: Kinds) -> Rows:
    return select_visible(viewer, source, _constant("Protocol"), source.protocol_id.label("id"))


def _through(
    source: type[models.Base],
    label: str,
    walk: Walk,
    kinds: Sequence[str],
    *fields: Field,
    columns: tuple[str, ...] = (),
    subkind: str | None = None,
) -> Path:
    found = columns or tuple(TEXTS[source])
    return Path(source, found, label, frozenset(fields), walk, frozenset(kinds), subkind)


def _own() -> list[Path]:
    """The texts of the objects themselves: the name apart, because it counts most."""
    found = []
    for kind, entity in KINDS.items():
        texts = tuple(TEXTS[entity])
        for columns, label, field in (
            (("name",), "name", Field.NAME),
            (tuple(name for name in texts if name != "name"), "description", Field.DESCRIPTION),
        ):
            if columns and set(columns) <= set(texts):
                kinds = frozenset({kind})
                found.append(Path(entity, columns, label, frozenset({field}), None, kinds))
    return found


PAIRS = _through(models.MapPair, "key–value", _pair, list(KINDS))
"""From key–value pairs to what has them."""
PATHS: Sequence[Path] = (
    *_own(),
    _through(models.Annotation, "annotation", _annotation, list(KINDS)),
    PAIRS,
    _through(models.OriginalFile, "attachment", _attachment, list(KINDS), Field.FILE),
    _through(models.OriginalFile, "file", _file, ["Image"], Field.FILE),
    _through(models.Channel, "channel", _channel, ["Image"], Field.CHANNEL),
    _through(models.ROI, "region", _roi, ["Image"]),
    _through(models.Shape, "shape", _shape, ["ROI"]),
    _through(models.Shape, "shape", _shape_on_image, ["Image"]),
    _through(models.Reagent, "reagent", _reagent, ["Well"]),
    _through(models.ProtocolStep, "step", _step, ["Protocol"]),
)
"""What a bare word is looked for in."""
_TEXT = ("text_value",)
TAGS = _through(
    models.Annotation,
    "tag",
    _annotation,
    list(KINDS),
    Field.TAG,
    columns=_TEXT,
    subkind="TagAnnotation",
)
COMMENTS = _through(
    models.Annotation,
    "comment",
    _annotation,
    list(KINDS),
    Field.COMMENT,
    columns=_TEXT,
    subkind="CommentAnnotation",
)


def paths_of(field: Field | None) -> Sequence[Path]:
    """Return where words are looked for: everywhere, or in one field."""
    match field:
        case None:
            return PATHS
        case Field.TAG:
            return (TAGS,)
        case Field.COMMENT:
            return (COMMENTS,)
        case _:
            return [path for path in PATHS if field in path.fields]
