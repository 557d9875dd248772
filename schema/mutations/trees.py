"""Things with all that is in them: delete, restore, move to another group."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.change import IDS_MAX, Change, checked_length
from schema.mutations.payloads import Affected, Changed, Cut, Item, ItemStatus, Link, Report
from store.access import Viewer
from store.edits import graph
from store.edits.giving import give
from store.edits.outcomes import Ref
from store.errors import InvalidInputError

NAMES_MAX = 100
"""Entries of `keep` and `include`."""

_IDS = Argument("ids", list[strawberry.ID], f"Which: at most {IDS_MAX:,} ids, each once.")
_DRY_RUN = Argument("dry_run", bool, "Only tell what would happen; nothing is changed.", False)
_KEEP = Argument(
    "keep",
    list[str] | None,
    "Types of contents and annotations, and namespaces of annotations, that stay: such as Image.",
    None,
)
_INCLUDE = Argument(
    "include",
    list[str] | None,
    "What goes too where it is yours and used by nothing else: TagAnnotation, TermAnnotation,"
    " FileAnnotation, Instrument, Experiment.",
    None,
)
_GROUP = Argument("group", strawberry.ID, "The group, such as `ExperimenterGroup:2`.")
_OWNER = Argument("owner", strawberry.ID, "The new owner, such as `Experimenter:7`.")
_INCLUDABLE = frozenset(
    {"TagAnnotation", "TermAnnotation", "FileAnnotation", "Instrument", "Experiment"}
)


@dataclass(frozen=True, slots=True)
class Trees:
    """Things that are to be changed with all that is in them, checked."""

    things: Sequence[Ref]
    dry_run: bool = False
    keep: Sequence[str] = ()
    include: Sequence[str] = ()
    group: int = 0
    owner: int = 0


def _checked(place: str, values: Mapping[str, Any]) -> Trees:
    ids = checked_length(place, "ids", values["ids"], IDS_MAX)
    things = [database_id(one) for one in ids]
    (twice, number), *_ = Counter(things).most_common(1) or [(("", 0), 1)]
    if number > 1:
        raise InvalidInputError(
            f"`ids` of {place} names {twice[0]}:{twice[1]} more than once.", "Name it once."
        )
    keep = checked_length(place, "keep", values.get("keep") or (), NAMES_MAX)
    include = checked_length(place, "include", values.get("include") or (), NAMES_MAX)
    unknown = sorted(set(include) - _INCLUDABLE)
    if unknown:
        raise InvalidInputError(
            f"`include` of {place} names {unknown[0][:64]!r}.",
            f"Use some of {', '.join(sorted(_INCLUDABLE))}.",
        )
    group, owner = values.get("group"), values.get("owner")
    return Trees(
        things,
        bool(values.get("dry_run")),
        keep,
        include,
        0 if group is None else database_id(group, "ExperimenterGroup")[1],
        0 if owner is None else database_id(owner, "Experimenter")[1],
    )


def _delete(session: Session, viewer: Viewer, trees: Trees) -> Changed:
    report = graph.delete(
        session,
        viewer,
        trees.things,
        dry_run=trees.dry_run,
        keep=trees.keep,
        include=trees.include,
    )
    return _changed(trees, report)


def _move_to_group(session: Session, viewer: Viewer, trees: Trees) -> Changed:
    report = graph.move_to_group(session, viewer, trees.things, trees.group, dry_run=trees.dry_run)
    return _changed(trees, report)


def _change_owner(session: Session, viewer: Viewer, trees: Trees) -> Changed:
    report = give(session, viewer, trees.things, trees.owner, dry_run=trees.dry_run)
    return _changed(trees, report)


def _restore(session: Session, viewer: Viewer, trees: Trees) -> Changed:
    restored = graph.restore(session, viewer, trees.things)
    counts = Counter(kind for kind, _ in restored)
    report = graph.GraphReport(restored[: graph.LISTED], [], [], dict(counts))
    return _changed(trees, report)


def _changed(trees: Trees, report: graph.GraphReport) -> Changed:
    nothing = not report.goes
    status = ItemStatus.NOT_DONE if trees.dry_run else ItemStatus.DONE
    status = ItemStatus.UNCHANGED if nothing else status
    return Changed(
        [Item(index, status, *ref) for index, ref in enumerate(trees.things)],
        applied=not trees.dry_run,
        dry_run=trees.dry_run,
        report=Report(
            _affected(report.goes, report.goes_counts),
            _affected(report.stays, report.stays_counts),
            [Cut(relation, count) for relation, count in report.unlinked_counts.items()],
            [Link(*ends) for ends in report.unlinked],
        ),
    )


def _affected(refs: Sequence[Ref], counts: Mapping[str, int]) -> list[Affected]:
    return [
        Affected(kind, count, [key for name, key in refs if name == kind])
        for kind, count in counts.items()
    ]


def _path(_trees: Trees, index: int) -> Sequence[object]:
    return ("ids", index)


FIELDS: Mapping[str, Any] = {
    "delete": field(
        "Delete things with all that is in them and in nothing else; `restore` brings them back,"
        " and files stay where they are. All or none.",
        Change(_delete, [_IDS, _KEEP, _INCLUDE, _DRY_RUN], _checked, _path),
    ),
    "restore": field(
        "Bring back what was deleted, with all that went with it. All or none.",
        Change(_restore, [_IDS], _checked, _path),
    ),
    "move_to_group": field(
        "Move things with all that is in them to another group that you are in. All or none.",
        Change(_move_to_group, [_IDS, _GROUP, _DRY_RUN], _checked, _path),
    ),
    "change_owner": field(
        "Give things with all that is in them and of the same owner to another member of their"
        " group; for leaders of the group and administrators. All or none.",
        Change(_change_owner, [_IDS, _OWNER, _DRY_RUN], _checked, _path),
    ),
}
"""Declarations by Python name; each answers with a `TreeChangeResult`."""
