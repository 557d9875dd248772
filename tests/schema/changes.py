"""Good uses of every mutation of the schema, made from the schema where that is possible."""

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from strawberry.utils.str_converters import to_camel_case

from schema.build import GraphQL, build
from schema.mutations.rows import EDITABLE, fields_of
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.images import store_statistics
from store.edits.people import create_experimenter, create_group
from store.models.enums import GroupPermissions, TokenScope
from store.sign_in import open_session
from store.tokens import create_token
from tests.build import hierarchy

SCHEMA: GraphQLSchema = build()._schema
assert SCHEMA.mutation_type is not None
ELSEWHERE = frozenset(
    {
        # They need a server: tests/app/test_ways_in.py and its neighbours try them.
        *("startImport", "startExport", "cancelJob", "retryJob", "importUploads"),
        *("importSamples", "emptyTrash"),
        # Of no rows with owners: tests/schema/test_sharing_changes.py tries them.
        *("grantAccess", "revokeAccess", "createShareLink", "revokeShareLinks"),
    }
)
"""Changes that are tried elsewhere."""
MUTATIONS: Mapping[str, GraphQLField] = {
    name: field for name, field in SCHEMA.mutation_type.fields.items() if name not in ELSEWHERE
}

IMAGES = 4
CHANNELS = 2
_OWNED = ("owner_id", "group_id", "creation_event_id", "update_event_id")
_UNITS = {
    "LengthInput": "nm",
    "TimeInput": "s",
    "PressureInput": "Pa",
    "TemperatureInput": "K",
    "ElectricPotentialInput": "V",
    "PowerInput": "W",
    "FrequencyInput": "Hz",
}
_REFERENCES = {
    "parent": "Folder",
    "previous": "Protocol",
    "previousVersion": "Protocol",
    "pump": "Laser",
    "lightSource": "Laser",
    "file": "OriginalFile",
    "container": "Dataset",
}
"""Types of the things that inputs name, where the field is not called like the type."""


@dataclass
class Samples:
    """Makes values for arguments, each different from the last."""

    known: dict[str, list[str]] = field(default_factory=dict)
    """Ids of things that exist, by type."""
    number: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, *keys: str) -> None:
        """Note things that exist."""
        for key in keys:
            self.known.setdefault(key.partition(":")[0], []).append(key)

    def one(self, kind: str) -> str:
        """Return a thing of a type: the one that was noted last."""
        return self.known[kind][-1]

    def value(self, type_: Any, name: str, kind: str) -> Any:
        """Make a value of a GraphQL type.

        Args:
            type_: Of the value.
            name: Of the argument or field that it is for.
            kind: Type of the things that are made or changed.
        """
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, name, kind)
        if isinstance(type_, GraphQLList):
            return [self.value(type_.of_type, name, kind)]
        if isinstance(type_, GraphQLEnumType):
            return next(iter(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self.item(type_, kind)
        return self._leaf(get_named_type(type_).name, name, kind)

    def item(self, type_: GraphQLInputObjectType, kind: str) -> dict[str, Any]:
        """Make an input object with all fields; a thing never refers to one of its own type."""
        return {
            name: _UNITS[type_.name]
            if name == "unit" and type_.name in _UNITS
            else self.value(one.type, name, kind)
            for name, one in type_.fields.items()
            if name != "version" and not self._own(name, one.type, kind)
        }

    @staticmethod
    def _own(name: str, type_: Any, kind: str) -> bool:
        scalar = get_named_type(type_).name
        return scalar == "ID" and name != "id" and _referred(name) == kind

    def _leaf(self, scalar: str, name: str, kind: str) -> Any:
        match scalar:
            case "ID":
                return self.one(kind if name == "id" else _referred(name))
            case "Int" | "Long":
                return next(self.number)
            case "Float":
                return next(self.number) % 1000 / 1000  # some are fractions
            case "Boolean":
                return True
            case "DateTime":
                return f"2026-01-02T03:04:{next(self.number) % 60:02}+00:00"
            case "Color":
                return "#FF8000FF"
            case _:
                return f"text {next(self.number)}"


def _referred(name: str) -> str:
    return _REFERENCES.get(name, name[0].upper() + name[1:])


@dataclass(frozen=True)
class Case:
    """One good use of a mutation."""

    name: str
    variables: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The document."""
        arguments = MUTATIONS[self.name].args
        head = ", ".join(f"${name}: {arguments[name].type}" for name in self.variables)
        body = ", ".join(f"{name}: ${name}" for name in self.variables)
        payload = get_named_type(MUTATIONS[self.name].type)
        assert isinstance(payload, GraphQLObjectType)
        if "applied" not in payload.fields:
            return f"mutation ({head}) {{ {self.name}({body}) {{ __typename }} }}"
        fields = "applied" + (" rows { error { code } }" if "rows" in payload.fields else "")
        if "items" in payload.fields:
            fields += " items { status id error { code message path } }"
        return f"mutation ({head}) {{ {self.name}({body}) {{ {fields} }} }}"

    def run(self, graphql: GraphQL, viewer: Viewer, **options: Any) -> Any:
        """Answer the document."""
        return graphql.answer(viewer, self.text, dict(self.variables), **options)

    def done(self, graphql: GraphQL, viewer: Viewer) -> list[str]:
        """Answer the document, which must succeed, and return the ids of the items."""
        answer = self.run(graphql, viewer)
        assert "errors" not in answer, (self.name, answer["errors"])
        changed = answer["data"][self.name]
        assert changed["applied"], (self.name, changed["items"])
        return [item["id"] for item in changed["items"]]


def generated(name: str, samples: Samples) -> Case:
    """Make a good use of a mutation that makes or changes rows of one type."""
    arguments = MUTATIONS[name].args
    if "items" not in arguments:
        return Case(name, {"number": 1})
    input_ = get_named_type(arguments["items"].type)
    kind = input_.name.removesuffix("Input").removesuffix("Update")
    return Case(name, {"items": samples.value(arguments["items"].type, "items", kind)})


def is_generated(name: str) -> bool:
    """Whether a mutation makes or changes rows of one type by fields made from the type."""
    return name in _GENERATED


_GENERATED = frozenset(
    to_camel_case(name) for editable in EDITABLE for name, _ in fields_of(editable)
)


def made_world(database: Database, viewer: Viewer, administrator: Viewer | None = None) -> Samples:
    """Make one of everything: images by hand, all else by the mutations themselves.

    Of some there are more than one: the last images and channels are free of settings, and a
    light path has another dichroic than the last.
    """
    samples = Samples()
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=IMAGES, channels=CHANNELS)
        image = session.get_one(models.Image, built.images[0])
        owned = {name: getattr(image, name) for name in _OWNED}
        session.add(models.Plane(pixels_id=1, the_z=0, the_c=0, the_t=0, **owned))
        store_statistics(session, 1, [{"low": 1, "high": 90}] * CHANNELS, 0)
    samples.add("Project:1", "Dataset:1", "Pixels:1", "Image:1", "Channel:1", "Plane:1")
    graphql = GraphQL(database)
    waiting = [name for name in MUTATIONS if name.startswith("create") and is_generated(name)]
    while waiting:
        left = []
        for name in waiting:
            try:
                case = generated(name, samples)
            except KeyError:  # what it refers to is not made yet
                left.append(name)
                continue
            samples.add(*case.done(graphql, viewer))
        assert left != waiting, left
        waiting = left
    samples.add(f"Image:{IMAGES}", f"Channel:{IMAGES * CHANNELS}")
    for name in ("createInstruments", "createFilters", "createDichroics"):
        samples.add(*generated(name, samples).done(graphql, viewer))
    for name in ("createRois", "addTags", "setKeyValues"):
        case_of(name, samples).done(graphql, viewer)
    samples.add(*case_of("saveRenderingSettings", samples).done(graphql, viewer))
    samples.add("ROI:1", "Rectangle:1", "TagAnnotation:1")
    table = case_of("uploadLut", samples)
    assert "errors" not in table.run(graphql, administrator or viewer)
    samples.add(f"Lut:{table.variables['name']}")
    (reagent,) = generated("createReagents", samples).done(graphql, viewer)
    Case("delete", {"ids": [reagent]}).done(graphql, viewer)
    samples.add(f"deleted:{reagent}")
    with database.writing() as session:
        group = create_group(
            session, administrator or viewer, "elsewhere", GroupPermissions.READ_WRITE
        )
        assert viewer.default_group_id is not None
        heir = create_experimenter(
            session, administrator or viewer, "heir", group_ids=[viewer.default_group_id]
        )
        administering = administrator or viewer
        token = create_token(session, administering, "backup", TokenScope.READ, 1)
        open_session(session, administering.experimenter_id)
    home = viewer.default_group_id
    samples.add(f"ExperimenterGroup:{home}", f"ExperimenterGroup:{group}", f"Experimenter:{heir}")
    samples.add(f"AccessToken:{token.id}", "SignInSession:1")
    return samples


ABOUT_PEOPLE = frozenset(
    {
        *("createExperimenter", "updateExperimenter", "setPassword"),
        *("createExperimenterGroup", "updateExperimenterGroup", "setGroupPermissions"),
        *("addMembers", "removeMembers", "setExperimenterQuota", "setGroupQuota"),
        *("createAccessToken", "revokeAccessTokens", "endSessions"),
    }
)
"""Changes of accounts and groups, which everybody who signed in knows of."""
FOR_ADMINISTRATORS = ABOUT_PEOPLE | {"uploadLut", "renameLut", "removeLut", "changeOwner"}
"""Changes that owners do not make, and of what has none."""
_TABLE = base64.b64encode(bytes(range(256)) * 3).decode()
_RECTANGLE = {"kind": "RECTANGLE", "x": 1, "y": 1, "width": 2, "height": 2}
OTHER: dict[str, Callable[[Samples], Mapping[str, Any]]] = {
    "updateLightSourceSettings": lambda some: {
        "items": [{"id": some.one("LightSourceSettings"), "attenuation": 0.25}]
    },
    "link": lambda some: {"parents": [some.one("Folder")], "children": [some.one("Image")]},
    "unlink": lambda _: {"parents": ["Dataset:1"], "children": ["Image:1", "Image:2"]},
    "move": lambda some: {"ids": ["Image:3"], "from": "Dataset:1", "to": some.one("Dataset")},
    "annotate": lambda some: {
        "annotations": [{"kind": "COMMENT", "text": "seen"}],
        "ids": [some.one("Image")],
    },
    "removeAnnotations": lambda some: {"annotations": ["TagAnnotation:1"], "ids": ["Image:1"]},
    "addTags": lambda some: {
        "tags": ["mitosis", f"tag {next(some.number)}"],
        "ids": ["Image:1"],
    },
    "removeTags": lambda _: {"tags": ["mitosis"], "ids": ["Image:1"]},
    "comment": lambda some: {"text": "seen", "ids": [some.one("Image")]},
    "rate": lambda some: {"rating": 3, "ids": [some.one("Image")]},
    "setKeyValues": lambda some: {
        "pairs": [{"key": "gene", "value": f"cdc{next(some.number)}"}],
        "ids": ["Image:1"],
    },
    "removeKeyValues": lambda _: {"keys": ["gene"], "ids": ["Image:1"]},
    "createTagSet": lambda _: {"name": "cycle", "tags": ["mitosis"]},
    "createRois": lambda _: {"items": [{"image": "Image:1", "shapes": [_RECTANGLE]}]},
    "addShapes": lambda some: {"roi": some.one("ROI"), "shapes": [_RECTANGLE]},
    "measureImages": lambda _: {"ids": ["Image:1"]},
    "uploadLut": lambda some: {"name": f"table {next(some.number)}", "file": _TABLE},
    "renameLut": lambda some: {"name": some.one("Lut").removeprefix("Lut:"), "to": "other"},
    "removeLut": lambda some: {"name": some.one("Lut").removeprefix("Lut:")},
    "updateRois": lambda some: {"items": [{"id": some.one("ROI"), "name": "Nucleus"}]},
    "updateShapes": lambda some: {"items": [{"id": some.one("Rectangle"), "x": 5}]},
    "deleteShapes": lambda some: {"ids": [some.one("Rectangle")]},
    "moveRois": lambda some: {"ids": [some.one("ROI")], "image": "Image:2"},
    "importKeyValues": lambda _: {"csv": "Image,drug\nImage:1,taxol\n", "type": "Image"},
    "saveRenderingSettings": lambda some: {
        "items": [
            {"image": "Image:2", "name": f"saved {next(some.number)}", "text": "c=1:5-50&m=g"}
        ]
    },
    "updateRenderingSettings": lambda some: {
        "items": [{"id": some.one("RenderingSettings"), "name": f"seen {next(some.number)}"}]
    },
    "applyRenderingSettings": lambda some: {
        "from": {"text": f"c=1:0-{next(some.number)}"},
        "ids": ["Image:2"],
    },
    "resetRenderingSettings": lambda _: {"to": "FULL_RANGE", "ids": ["Image:2"]},
    "shareRenderings": lambda some: {
        "items": [{"image": "Image:2", "text": f"c=1:0-{next(some.number)}"}]
    },
    "delete": lambda _: {"ids": ["Project:1"]},
    "restore": lambda some: {"ids": [some.one("deleted").removeprefix("deleted:")]},
    "createExperimenter": lambda some: {
        "userName": f"person{next(some.number)}",
        "firstName": "Ada",
        "email": "ada@example.org",
        "password": "a few quiet words",
        "groups": [some.one("ExperimenterGroup")],
    },
    "updateExperimenter": lambda some: {
        "experimenter": some.one("Experimenter"),
        "lastName": f"name {next(some.number)}",
        "active": True,
    },
    "setPassword": lambda some: {
        "experimenter": some.one("Experimenter"),
        "password": "a few quiet words",
    },
    "createExperimenterGroup": lambda some: {"name": f"group {next(some.number)}"},
    "updateExperimenterGroup": lambda some: {
        "group": some.one("ExperimenterGroup"),
        "name": f"group {next(some.number)}",
    },
    "setGroupPermissions": lambda some: {
        "group": some.one("ExperimenterGroup"),
        "permissions": "READ_ONLY",
    },
    "addMembers": lambda some: {
        "group": some.one("ExperimenterGroup"),
        "experimenters": [some.one("Experimenter")],
        "leader": True,
    },
    "removeMembers": lambda some: {
        "group": some.known["ExperimenterGroup"][0],
        "experimenters": [some.one("Experimenter")],
    },
    "setExperimenterQuota": lambda some: {
        "experimenter": some.one("Experimenter"),
        "images": 1_000 + next(some.number),
    },
    "setGroupQuota": lambda some: {
        "group": some.one("ExperimenterGroup"),
        "bytes": 10**12 + next(some.number),
    },
    "createAccessToken": lambda some: {"name": f"token {next(some.number)}"},
    "revokeAccessTokens": lambda some: {"tokens": [some.one("AccessToken")]},
    "endSessions": lambda some: {"sessions": [some.one("SignInSession")]},
    "changeOwner": lambda some: {
        "ids": [some.one("Person")],
        "owner": some.one("Experimenter"),
    },
    "moveToGroup": lambda some: {
        "ids": [some.one("Person")],
        "group": some.one("ExperimenterGroup"),
    },
}
"""Good arguments of the mutations that are not made from types, or that need a choice."""


def case_of(name: str, samples: Samples) -> Case:
    """Make a good use of a mutation.

    Raises:
        KeyError: There is none yet: add it to `OTHER`.
    """
    if name in OTHER:
        return Case(name, OTHER[name](samples))
    if not is_generated(name):
        raise KeyError(name)
    return generated(name, samples)
