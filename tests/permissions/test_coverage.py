"""Whatever can be asked for is tried by the matrix, or is said to need no trial."""

from collections.abc import Mapping
from typing import Any

from schema.build import NODES, build
from store import models
from tests.schema.changes import ABOUT_PEOPLE, ELSEWHERE, OTHER, is_generated

SCHEMA = build()._schema
ROOTS: Mapping[str, str] = {
    "node": "the matrix, for every type, and against ids of nothing",
    "nodes": "the matrix, for every type",
    "history": "the matrix, with node",
    "explainAccess": "the matrix",
    "search": "the matrix",
    "pathsTo": "starts from select_visible, which the matrix tries for every class",
    "trash": "own rows alone, by access.deleted; tests/schema/test_trash.py",
    "project": "as node",
    "dataset": "as node",
    "image": "as node",
    "screen": "as node",
    "plate": "as node",
    "well": "as node",
    "folder": "as node",
    "viewer": "the account that asks",
    "autoContrast": "finds the image as tiles do, which tests/permissions/test_routes.py tries",
    "luts": "everybody's",
    "experimenters": "everybody's who signed in",
    "experimenterGroups": "everybody's who signed in",
    "accessTokens": "tests/schema/test_people_changes.py",
    "signInSessions": "tests/schema/test_people_changes.py",
    "auditEntries": "tests/store/test_audit.py",
    "auditCheck": "tests/schema/test_people_changes.py",
    "accessGrants": "tests/permissions/test_grants.py",
    "shareLinks": "tests/permissions/test_grants.py",
    "openedShare": "tests/permissions/test_grants.py",
    "knownFiles": "tests/app/test_arrivals.py, with files of others",
}
"""Fields of the root of reading that are no lists of the matrix, and what tries them."""


def test_every_field_of_the_root_is_tried() -> None:
    from tests.permissions.test_matrix import LISTS

    assert SCHEMA.query_type is not None
    fields = set(SCHEMA.query_type.fields)

    assert fields - LISTS.keys() - ROOTS.keys() == set()
    assert ROOTS.keys() - fields == set()


def test_every_change_is_tried_by_strangers_and_by_those_who_only_look() -> None:
    """`tests/schema/test_changes.py` does it, with the sample of each that is asked for here."""
    assert SCHEMA.mutation_type is not None
    known = OTHER.keys() | ABOUT_PEOPLE | ELSEWHERE
    missing = {name for name in SCHEMA.mutation_type.fields if not is_generated(name)} - known

    assert missing == set()


def test_every_way_to_listen_is_tried() -> None:
    assert SCHEMA.subscription_type is not None
    assert set(SCHEMA.subscription_type.fields) == {"job", "changes"}


def test_every_type_with_an_owner_is_in_the_matrix() -> None:
    types: tuple[Any, ...] = NODES
    shown = {one.entity for one in types}
    without = {models.Experimenter, models.ExperimenterGroup, models.Membership, models.Event}
    without |= {models.AccessToken, models.SignInSession, models.AuditEntry}
    without |= {models.AccessGrant, models.ShareLink}
    without |= {models.JobItem}  # seen through its job

    assert {one for one in shown - without if not issubclass(one, models.Owned)} == set()
