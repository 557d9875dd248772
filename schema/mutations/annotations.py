"""Annotations of any number of things: attach, take off, rate, key–values, tables of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema import filterable
from schema.fields import Argument, field
from schema.filters import Filter, given_values
from schema.ids import database_id
from schema.mutations.change import IDS_MAX, PARTIAL, Change, checked_length, item_of
from schema.mutations.inputs import KeyValueInput, made_input
from schema.mutations.payloads import Changed
from schema.pagination import described
from schema.types.scalars import Long
from store import models, search
from store.access import Viewer, select_visible
from store.edits import annotations, key_values
from store.edits.annotation_links import Which
from store.edits.annotation_rows import NewAnnotation, Pair
from store.edits.key_values import Mode
from store.edits.outcomes import Outcome, Ref
from store.errors import InvalidInputError
from store.models.annotations import CLIENT_MAP_NAMESPACE

VALUES_MAX = 1_000
"""Annotations, texts, pairs or keys in one argument."""


class NewAnnotationKind(Enum):
    """Kinds of annotations."""

    COMMENT = "CommentAnnotation"
    TAG = "TagAnnotation"
    TERM = "TermAnnotation"
    XML = "XMLAnnotation"
    LONG = "LongAnnotation"
    DOUBLE = "DoubleAnnotation"
    BOOLEAN = "BooleanAnnotation"
    TIMESTAMP = "TimestampAnnotation"
    MAP = "MapAnnotation"
    FILE = "FileAnnotation"
    LIST = "ListAnnotation"


described(
    NewAnnotationKind,
    "Kinds of annotations.",
    {
        "COMMENT": "Free text.",
        "TAG": "A word; the same one is used again.",
        "TERM": "A term of an ontology; the same one is used again.",
        "XML": "XML, well-formed.",
        "LONG": "A whole number.",
        "DOUBLE": "A number.",
        "BOOLEAN": "True or false.",
        "TIMESTAMP": "A point in time.",
        "MAP": "Key–values.",
        "FILE": "A file that was imported.",
        "LIST": "A list of annotations.",
    },
)
described(
    Mode,
    "How new key–values meet those that are there.",
    {
        "ADD": "Behind them; the very same pair is not written twice.",
        "REPLACE_KEYS": "In place of all pairs of the same keys.",
        "REPLACE_ALL": "In place of all pairs.",
    },
)

_VALUES: Mapping[str, str] = {
    "text": "text_value",
    "long": "long_value",
    "double": "double_value",
    "boolean": "bool_value",
    "time": "time_value",
}
_AnnotationInput = made_input(
    "AnnotationInput",
    "A new annotation; give the value that its kind has.",
    {
        "kind": (NewAnnotationKind, "Kind.", True),
        "text": (str, "Of comments, tags, terms and XML.", False),
        "long": (Long, "Of whole numbers.", False),
        "double": (float, "Of numbers.", False),
        "boolean": (bool, "Of true or false.", False),
        "time": (dt.datetime, "Of points in time.", False),
        "pairs": (list[KeyValueInput], "Of key–values.", False),
        "file": (strawberry.ID, "Of files: id of an original file.", False),
        "members": (list[strawberry.ID], "Of lists and tag sets: annotations in it.", False),
        "namespace": (str, "What it means, as an address or another word.", False),
        "description": (str, "Free text.", False),
    },
)
_SELECTED = {
    "images": models.Image,
    "datasets": models.Dataset,
    "projects": models.Project,
    "plates": models.Plate,
    "screens": models.Screen,
    "wells": models.Well,
    "folders": models.Folder,
    "rois": models.ROI,
}
_Selection = made_input(
    "SelectionInput",
    f"All things that you can see and that meet filters or a search: at most {IDS_MAX:,}.",
    {
        "search": (str, "Those that a search finds; see the field `search`.", False),
    }
    | {
        name: (filterable.filter_of(model).annotation, f"Those of the {name} that meet it.", False)
        for name, model in _SELECTED.items()
    },
)

SELECTED = [
    Argument("ids", list[strawberry.ID] | None, f"What: at most {IDS_MAX:,} ids.", None),
    Argument("selection", _Selection | None, "Or all that filters or a search find.", None),
]
"""Arguments of changes that say what they are about."""
TARGETS = [*SELECTED, PARTIAL]
NAMESPACE = Argument(
    "namespace",
    str | None,
    "Namespace of the key–values; without, those that people edit by hand.",
    None,
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What is annotated, checked."""

    ids: Sequence[Ref]
    filters: Sequence[tuple[Any, Filter]]
    partial: bool
    arguments: Any
    searched: search.Node | None = None
    """What is searched for."""

    def found(self, session: Session, viewer: Viewer) -> list[Ref]:
        """List the things named, then those that the filters find.

        Raises:
            InvalidInputError: They are too many.
        """
        refs = list(self.ids)
        for model, condition in self.filters:
            statement = select_visible(viewer, model, model.id).where(
                condition.build(viewer, model)
            )
            keys = session.scalars(statement.order_by(model.id).limit(IDS_MAX + 1)).all()
            refs += [(model.__name__, key) for key in keys]
        if self.searched is not None:
            found = search.Search(session, viewer, self.searched, list(search.KINDS))
            for kind in search.KINDS:
                refs += [(kind, key) for key in found.ids(kind, IDS_MAX + 1)]
            refs = list(dict.fromkeys(refs))
        if len(refs) > IDS_MAX:
            raise InvalidInputError(
                f"The selection finds more than {IDS_MAX:,} things.", "Narrow it down."
            )
        return refs


def targets_of(place: str, values: Mapping[str, Any], arguments: Any) -> Targets:
    """Check which things a change is about, by its arguments `TARGETS`.

    Args:
        place: Type and field.
        values: Its arguments by Python name.
        arguments: What else it was asked for, checked.

    Raises:
        InvalidInputError: Neither ids nor a selection is given, or not of things.
    """
    ids = checked_length(place, "ids", values.get("ids") or (), IDS_MAX)
    selection = values.get("selection")
    given = {} if selection is None else given_values(selection)
    query = given.pop("search", None)
    searched = None if query is None else search.parse(query)
    filters = _filters(place, given)
    if values.get("ids") is None and not filters and searched is None:
        raise InvalidInputError(f"{place} says not what.", "Give `ids` or a `selection`.")
    return Targets(
        [database_id(one) for one in ids],
        filters,
        bool(values.get("partial")),
        arguments,
        searched,
    )


def _filters(place: str, selection: Mapping[str, Any]) -> list[tuple[Any, Filter]]:
    found = []
    for name, given in selection.items():
        condition = filterable.checked(_SELECTED[name], given, f"{place} selection.{name}")
        assert condition is not None
        found.append((_SELECTED[name], condition))
    return found


def _answer(outcomes: Sequence[Outcome]) -> Changed:
    return Changed([item_of(outcome) for outcome in outcomes])


def _keys(place: str, name: str, values: Any) -> list[int]:
    """Check a list of ids of annotations of any kind."""
    ids = checked_length(place, name, values or (), VALUES_MAX)
    kinds = {kind.value for kind in NewAnnotationKind}
    found = []
    for one in ids:
        kind, key = database_id(one)
        if kind not in kinds:
            raise InvalidInputError(f"{one} is no annotation.", "Give ids such as TagAnnotation:5.")
        found.append(key)
    return found


def _new(place: str, given: Any) -> NewAnnotation:
    values = given_values(given)
    columns: dict[str, Any] = {
        column: values[name] for name, column in _VALUES.items() if name in values
    }
    columns |= {name: values[name] for name in ("namespace", "description") if name in values}
    if "file" in values:
        columns["file_id"] = database_id(values["file"], "OriginalFile")[1]
    pairs = _pairs(place, values.get("pairs", ()))
    members = _keys(place, "members", values.get("members"))
    return NewAnnotation(values["kind"].value, columns, pairs, members)


def _pairs(place: str, given: Sequence[Any]) -> list[Pair]:
    return [(one.key, one.value) for one in checked_length(place, "pairs", given, VALUES_MAX)]


def _tag(text: str) -> NewAnnotation:
    return NewAnnotation("TagAnnotation", {"text_value": text})


def _attach(arguments: Sequence[Argument], new: Any) -> Change:
    """Make a change that attaches annotations; `new` lists them from the arguments."""

    def check(place: str, values: Mapping[str, Any]) -> Targets:
        return targets_of(place, values, new(place, values))

    def write(session: Session, viewer: Viewer, targets: Targets) -> Changed:
        refs = targets.found(session, viewer)
        return _answer(
            annotations.annotate(session, viewer, refs, targets.arguments, partial=targets.partial)
        )

    return Change(write, [*arguments, *TARGETS], check)


def _annotate_arguments(place: str, values: Mapping[str, Any]) -> list[NewAnnotation | int]:
    given = checked_length(place, "annotations", values.get("annotations") or (), VALUES_MAX)
    return [*(_new(place, one) for one in given), *_keys(place, "existing", values.get("existing"))]


def _take(arguments: Sequence[Argument], which: Any) -> Change:
    """Make a change that takes annotations off; `which` says which, from the arguments."""

    def check(place: str, values: Mapping[str, Any]) -> Targets:
        return targets_of(place, values, which(place, values))

    def write(session: Session, viewer: Viewer, targets: Targets) -> Changed:
        refs = targets.found(session, viewer)
        return _answer(
            annotations.remove(session, viewer, refs, targets.arguments, partial=targets.partial)
        )

    return Change(write, [*arguments, *TARGETS], check)


def _rate() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Targets:
        return targets_of(place, values, values.get("rating"))

    def write(session: Session, viewer: Viewer, targets: Targets) -> Changed:
        refs = targets.found(session, viewer)
        rating, partial = targets.arguments, targets.partial
        return _answer(annotations.rate(session, viewer, refs, rating, partial=partial))

    rating = Argument("rating", int | None, "0 to 5; null takes your rating away.")
    return Change(write, [rating, *TARGETS], check)


def _set_key_values() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Targets:
        namespace = values.get("namespace") or CLIENT_MAP_NAMESPACE
        pairs = _pairs(place, values["pairs"])
        return targets_of(
            place, values, (pairs, values.get("mode") or Mode.REPLACE_KEYS, namespace)
        )

    def write(session: Session, viewer: Viewer, targets: Targets) -> Changed:
        pairs, mode, namespace = targets.arguments
        refs = targets.found(session, viewer)
        return _answer(
            key_values.set_key_values(
                session,
                viewer,
                refs,
                pairs,
                mode=mode,
                namespace=namespace,
                partial=targets.partial,
            )
        )

    pairs = Argument("pairs", list[KeyValueInput], "Keys and values, in order; keys may repeat.")
    mode = Argument("mode", Mode, "How they meet those that are there.", Mode.REPLACE_KEYS)
    return Change(write, [pairs, mode, NAMESPACE, *TARGETS], check)


def _remove_key_values() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Targets:
        namespace = values.get("namespace") or CLIENT_MAP_NAMESPACE
        keys = checked_length(place, "keys", values["keys"], VALUES_MAX)
        return targets_of(place, values, (keys, namespace))

    def write(session: Session, viewer: Viewer, targets: Targets) -> Changed:
        keys, namespace = targets.arguments
        refs = targets.found(session, viewer)
        return _answer(
            key_values.remove_key_values(
                session, viewer, refs, keys, namespace=namespace, partial=targets.partial
            )
        )

    keys = Argument("keys", list[str], "Keys; upper and lower case are alike.")
    return Change(write, [keys, NAMESPACE, *TARGETS], check)


def _create_tag_set() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        group = values.get("group")
        tags = checked_length(place, "tags", values.get("tags") or (), VALUES_MAX)
        return (
            values["name"],
            values.get("description"),
            [_tag(text) for text in tags],
            None if group is None else database_id(group, "ExperimenterGroup")[1],
        )

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        name, description, tags, group = arguments
        return _answer(
            [
                annotations.create_tag_set(
                    session, viewer, name, description, tags=tags, group_id=group
                )
            ]
        )

    arguments = [
        Argument("name", str, "Name of the set."),
        Argument("description", str | None, "Free text.", None),
        Argument("tags", list[str] | None, "Tags that are put into it.", None),
        Argument("group", strawberry.ID | None, "Its group; without, your default group.", None),
    ]
    return Change(write, arguments, check)


def _texts(place: str, values: Mapping[str, Any]) -> list[NewAnnotation]:
    return [_tag(text) for text in checked_length(place, "tags", values["tags"], VALUES_MAX)]


def _comment(_: str, values: Mapping[str, Any]) -> list[NewAnnotation]:
    return [NewAnnotation("CommentAnnotation", {"text_value": values["text"]})]


def _these(place: str, values: Mapping[str, Any]) -> Which:
    return Which(ids=_keys(place, "annotations", values["annotations"]))


def _tags(place: str, values: Mapping[str, Any]) -> Which:
    texts = checked_length(place, "tags", values["tags"], VALUES_MAX)
    return Which(kinds=["TagAnnotation"], texts=texts)


_TAGS = Argument("tags", list[str], "Texts of the tags.")

FIELDS: Mapping[str, Any] = {
    "annotate": field(
        "Attach annotations to things; those that are attached already stay as they are.",
        _attach(
            [
                Argument(
                    "annotations",
                    list[_AnnotationInput] | None,  # type: ignore[valid-type]
                    "New ones.",
                    None,
                ),
                Argument("existing", list[strawberry.ID] | None, "Ids of existing ones.", None),
            ],
            _annotate_arguments,
        ),
    ),
    "remove_annotations": field(
        "Take annotations off things; comments, numbers and the like are deleted with the last.",
        _take(
            [Argument("annotations", list[strawberry.ID], "Ids of the annotations.")],
            _these,
        ),
    ),
    "add_tags": field(
        "Tag things by the texts of tags, which are made where there are none of the group.",
        _attach([_TAGS], _texts),
    ),
    "remove_tags": field("Take tags off things by their texts.", _take([_TAGS], _tags)),
    "comment": field(
        "Comment on things.", _attach([Argument("text", str, "The comment.")], _comment)
    ),
    "rate": field("Rate things, in place of your earlier rating.", _rate()),
    "set_key_values": field("Write key–values of yours on things.", _set_key_values()),
    "remove_key_values": field("Remove key–values of yours from things.", _remove_key_values()),
    "create_tag_set": field(
        "Make a set of tags, or put tags into the set of this name.", _create_tag_set()
    ),
}
