"""Annotations as rows: checked, found again where they exist, and written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from lxml import etree
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, allows, group_permissions, select_visible
from store.edits.bulk import insert_columns, new_ids
from store.edits.columns import cleaned, columns_of
from store.edits.history import details, log_change
from store.edits.text import clean_name, clean_text
from store.errors import InvalidInputError
from store.models.among import among
from store.models.names import sort_key
from store.models.pairs import pair_row

type Pair = tuple[str, str]
"""Key and value, as they are shown."""
type Pairs = tuple[Pair, ...]


REUSED = frozenset({"TagAnnotation", "TermAnnotation"})
"""Kinds of which there is one for each text, namespace and group."""
PAIRS_MAX = 1_000
"""Pairs of one map annotation."""
NAMESPACE_LENGTH = 1024
_TAG_LOCK = 0x746167  # any constant: first key of PostgreSQL's advisory lock around tags


@dataclass(frozen=True, slots=True)
class NewAnnotation:
    """An annotation to be made, or one like it to be found."""

    kind: str
    """Name of the class, such as TagAnnotation."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Columns by name: its value, `namespace`, `description`, `file_id`."""
    pairs: Sequence[Pair] = ()
    """Of map annotations."""
    members: Sequence[int] = ()
    """Of lists and tag sets: database ids of the annotations in it."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A new annotation whose values can be kept."""

    kind: str
    values: Mapping[str, Any]
    pairs: Pairs
    members: tuple[int, ...]

    @property
    def identity(self) -> tuple[Any, ...] | None:
        """What finds the same one again; none for kinds that are made anew each time."""
        if self.kind not in REUSED:
            return None
        return self.kind, self.values["text_value"], self.values.get("namespace")


def clean(new: NewAnnotation) -> Clean:
    """Check a new annotation.

    Raises:
        InvalidInputError: No such kind, or its values cannot be kept.
    """
    entity = getattr(models, new.kind, None)
    if not isinstance(entity, type) or not issubclass(entity, models.Annotation):
        raise InvalidInputError(f"No kind of annotation {new.kind[:64]!r}.", "Use one of OME's.")
    facts = columns_of(entity)
    unknown = sorted(new.values.keys() - facts.keys())
    if unknown:
        raise InvalidInputError(f"A {new.kind} has no {unknown[0]}.", "Leave it out.")
    values = {name: cleaned(entity, facts[name], new.values.get(name)) for name in facts}
    if entity is models.FileAnnotation and values["file_id"] is None:
        raise InvalidInputError("A file annotation needs a file.", "Name one that was imported.")
    if entity is models.XMLAnnotation:
        check_xml(values["text_value"])
    if entity in (models.TagAnnotation, models.TermAnnotation):
        values["text_key"] = sort_key(values["text_value"])
    if new.pairs and entity is not models.MapAnnotation:
        raise InvalidInputError(f"A {new.kind} has no pairs.", "Use a map annotation.")
    return Clean(new.kind, values, clean_pairs(new.pairs), tuple(dict.fromkeys(new.members)))


def clean_pairs(pairs: Iterable[Pair]) -> Pairs:
    """Check keys and values: keys are names, values any text, also none at all.

    Raises:
        InvalidInputError: One cannot be kept, or there are too many.
    """
    kept = tuple((clean_name(key, "key"), clean_text(text, "value") or "") for key, text in pairs)
    if len(kept) > PAIRS_MAX:
        raise InvalidInputError(
            f"{len(kept)} pairs; {PAIRS_MAX} fit into one annotation.", "Keep them in a file."
        )
    return kept


def clean_namespace(namespace: str) -> str:
    """Check a namespace.

    Raises:
        InvalidInputError: Empty, too long, or with characters that cannot be kept.
    """
    return clean_name(namespace, "namespace")[:NAMESPACE_LENGTH]


def check_xml(text: str) -> None:
    """Refuse text that is neither an XML document nor a sequence of elements.

    Raises:
        InvalidInputError: Not well-formed, or with a document type, which can hide anything.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InvalidInputError("The XML declares a document type.", "Remove the declaration.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    document = text.lstrip().startswith("<?xml")
    try:
        etree.fromstring((text.strip() if document else f"<x>{text}</x>").encode(), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInputError(
            f"The XML is not well-formed: {error.msg}.", "Correct it."
        ) from None


def find_same(
    session: Session, viewer: Viewer, wanted: Sequence[Clean], group_ids: Collection[int]
) -> dict[tuple[Any, ...], int]:
    """Find tags and terms that exist already and that the viewer may attach to things.

    Nobody else makes the same one until the transaction ends.

    Args:
        session: Of the caller's transaction.
        viewer: Who annotates.
        wanted: Annotations of any kind.
        group_ids: Groups in which they are wanted.

    Returns:
        By group and identity: database id, of the viewer's own if there is one, of the oldest.
    """
    identities = {one.identity: one for one in wanted if one.identity is not None}
    if not identities or not group_ids:
        return {}
    _lock_tags(session, group_ids)
    tag = models.Annotation
    own = sa.case((tag.owner_id == viewer.experimenter_id, 0), else_=1)
    columns = (tag.id, tag.kind, tag.text_value, tag.namespace, tag.owner_id, tag.group_id)
    rows: Sequence[Any] = session.execute(
        select_visible(viewer, tag, *columns)
        .where(
            tag.kind.in_(sorted(REUSED)),
            among(tag.text_key, {one.values["text_key"] for one in identities.values()}),
            among(tag.group_id, group_ids),
        )
        .order_by(own, tag.id)
    ).all()
    permissions = group_permissions(session, group_ids)
    found: dict[tuple[Any, ...], int] = {}
    for row in rows:
        identity = (row.kind, row.text_value, row.namespace)
        if identity in identities and allows(
            viewer, Right.ANNOTATE, row, permissions[row.group_id]
        ):
            found.setdefault((row.group_id, *identity), row.id)
    return found


def insert_annotations(
    session: Session,
    viewer: Viewer,
    event: models.Event,
    drafts: Sequence[tuple[Clean, int]],
) -> list[int]:
    """Write annotations of the viewer's with their pairs.

    Args:
        session: Of the caller's transaction.
        viewer: Who will own them.
        event: What they are made in.
        drafts: Each with its group.

    Returns:
        Their database ids, in order.
    """
    if not drafts:
        return []
    ids = list(new_ids(session, models.Annotation, len(drafts)))
    names = sorted(set().union(*(one.values.keys() for one, _ in drafts)))
    columns: dict[str, Any] = {name: [one.values.get(name) for one, _ in drafts] for name in names}
    owned = details(viewer, 0, event) | {"group_id": [group for _, group in drafts]}
    columns |= {"id": ids, "kind": [one.kind for one, _ in drafts], **owned}
    insert_columns(session, models.Annotation, len(drafts), columns)
    insert_pairs(session, {key: one.pairs for key, (one, _) in zip(ids, drafts, strict=True)})
    log_change(session, event, models.Annotation, ids, "INSERT")
    return ids


def insert_pairs(session: Session, pairs: Mapping[int, Sequence[Pair]]) -> None:
    """Write the pairs of map annotations, by the annotation's id; one statement."""
    known: dict[Pair, dict[str, Any]] = {}
    rows = []
    for annotation_id, kept in pairs.items():
        for index, pair in enumerate(kept):
            if pair not in known:
                known[pair] = pair_row(*pair)
            rows.append({"annotation_id": annotation_id, "index": index, **known[pair]})
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        insert_columns(session, models.MapPair, len(rows), columns)


def _lock_tags(session: Session, group_ids: Collection[int]) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return  # one writer at a time
    numbers = sa.func.unnest(sa.literal(sorted(group_ids), sa.ARRAY(sa.Integer)))
    ordered = sa.select(numbers.label("number")).subquery()
    lock = sa.func.pg_advisory_xact_lock(_TAG_LOCK, ordered.c.number)
    session.execute(sa.select(lock).select_from(ordered))
