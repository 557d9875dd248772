import datetime as dt
import functools
import operator
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, select_visible, visible
from store.database import Database
from store.edits import graph
from store.edits.annotatable import places
from store.edits.grants import Audience, grant_access, revoke_access
from store.edits.links import link_images_to_dataset
from store.edits.rows import RowChange, update
from store.edits.share_links import create_share_link, revoke_share_links
from store.errors import InvalidInputError, NotAllowedError, NotFoundError, StoreError
from store.models.enums import GrantLevel, GroupPermissions
from store.queries.originals import originals
from store.queries.people import anonymous_viewer, viewer_by_experimenter
from store.scopes import KINDS, PARTS, WAYS, Scope, keys_within, within
from store.share_links import open_link, viewer_of_link
from store.sign_in import open_session, viewer_of_secrets
from tests.build import Hierarchy, hierarchy
from tests.people import group, person
from tests.populate import populate

NOW = dt.datetime.now(dt.UTC)
HOUR = dt.timedelta(hours=1)


class Scene:
    """A read-write group with two members, and somebody who is in another group."""

    def __init__(self, session: Session, root: Viewer) -> None:
        self.group = group(session, root, GroupPermissions.READ_WRITE)
        self.away = group(session, root, GroupPermissions.READ_ONLY)
        self.owner = person(session, root, "owner", [self.group])
        self.member = person(session, root, "member", [self.group])
        self.stranger = person(session, root, "stranger", [self.away])
        self.leader = person(session, root, "leader", [self.group], leads=True)
        self.built: Hierarchy = hierarchy(session, self.owner, projects=2, datasets=2, images=2)

    def again(self, session: Session, who: Viewer) -> Viewer:
        """Look up what somebody may do now."""
        return viewer_by_experimenter(session, who.experimenter_id)

    def grant(self, session: Session, target: tuple[str, int], **facts: Any) -> int:
        """Grant a thing of the owner's to the stranger."""
        audience = facts.pop("audience", Audience([self.stranger.experimenter_id]))
        (key,) = grant_access(session, self.owner, [target], audience, **facts)
        return key


@pytest.fixture
def scene(database: Database, viewer: Viewer) -> Scene:
    with database.writing() as session:
        return Scene(session, viewer)


def seen(session: Session, viewer: Viewer, entity: Any) -> list[int]:
    return sorted(session.scalars(select_visible(viewer, entity, entity.id)))


def test_a_grant_reaches_down_and_neither_up_nor_aside(database: Database, scene: Scene) -> None:
    built = scene.built
    with database.writing() as session:
        scene.grant(session, ("Dataset", built.datasets[1]))
        stranger = scene.again(session, scene.stranger)
        assert seen(session, stranger, models.Project) == []
        assert seen(session, stranger, models.Dataset) == [built.datasets[1]]
        assert seen(session, stranger, models.Image) == list(built.images[2:4])
        pixels = session.scalars(
            select_visible(stranger, models.Pixels, models.Pixels.image_id)
        ).all()
        assert sorted(pixels) == list(built.images[2:4])
        assert len(seen(session, stranger, models.Channel)) == 4
        assert len(seen(session, stranger, models.DatasetImageLink)) == 2
        assert seen(session, stranger, models.ProjectDatasetLink) == []
        count = session.execute(
            select_visible(stranger, models.ChildCount, models.ChildCount.children)
        ).scalars()
        assert list(count) == [2]


def test_a_grant_on_a_project_covers_what_comes_later(database: Database, scene: Scene) -> None:
    built = scene.built
    with database.writing() as session:
        scene.grant(session, ("Project", built.projects[0]))
        stranger = scene.again(session, scene.stranger)
        assert seen(session, stranger, models.Image) == list(built.images[:4])
        link_images_to_dataset(session, scene.owner, [built.images[4]], built.datasets[0])
        assert seen(session, stranger, models.Image) == list(built.images[:5])
        graph.delete(session, scene.owner, [("Project", built.projects[0])])
        assert seen(session, stranger, models.Image) == []


def test_groups_and_everybody_are_granted_things_as_people_are(
    database: Database, viewer: Viewer, scene: Scene
) -> None:
    built = scene.built
    with database.writing() as session:
        assert anonymous_viewer(session) is None
        scene.grant(session, ("Image", built.images[0]), audience=Audience(groups=[scene.away]))
        scene.grant(session, ("Image", built.images[1]), audience=Audience(public=True))
        assert seen(session, scene.again(session, scene.stranger), models.Image) == list(
            built.images[:2]
        )
        nobody = anonymous_viewer(session)
        assert nobody is not None
        assert nobody.read_only
        assert seen(session, nobody, models.Image) == [built.images[1]]
        assert seen(session, nobody, models.AccessGrant) == []


def test_a_revoked_grant_gives_nothing_and_an_ended_one_neither(
    database: Database, scene: Scene
) -> None:
    with database.writing() as session:
        key = scene.grant(session, ("Image", 1), expires=NOW + HOUR)
        assert seen(session, scene.again(session, scene.stranger), models.Image) == [1]
        session.execute(sa.update(models.AccessGrant).values(expires=NOW - HOUR))
        assert seen(session, scene.again(session, scene.stranger), models.Image) == []
        session.execute(sa.update(models.AccessGrant).values(expires=None))
        assert seen(session, scene.again(session, scene.stranger), models.Image) == [1]
        assert revoke_access(session, scene.owner, [key]) == 1
        assert seen(session, scene.again(session, scene.stranger), models.Image) == []


def test_levels_of_grants_let_people_annotate_and_change_but_not_delete(
    database: Database, scene: Scene
) -> None:
    dataset, image = ("Dataset", scene.built.datasets[0]), ("Image", scene.built.images[0])
    with database.writing() as session:

        def tried() -> tuple[bool, bool, bool]:
            who = scene.again(session, scene.stranger)
            change = RowChange(image[1], None, {"name": "changed"})
            return (
                allowed(lambda: update(session, who, models.Image, [change])),
                not isinstance(places(session, who, [image], Right.ANNOTATE)[0], StoreError),
                allowed(lambda: graph.delete(session, who, [image])),
            )

        scene.grant(session, dataset)
        assert tried() == (False, False, False)
        scene.grant(session, dataset, level=GrantLevel.ANNOTATE)
        assert tried() == (False, True, False)
        scene.grant(session, dataset, level=GrantLevel.EDIT)
        assert tried() == (True, True, False)
        assert session.scalar(sa.select(sa.func.count(models.AccessGrant.id))) == 1


def allowed(change: Callable[[], Any]) -> bool:
    try:
        change()
    except StoreError:
        return False
    return True


def test_only_who_may_share_all_of_a_thing_grants_it(database: Database, scene: Scene) -> None:
    built = scene.built
    everybody = Audience(public=True)
    with database.writing() as session:
        for who in (scene.member, scene.stranger):
            with pytest.raises((NotAllowedError, NotFoundError)):
                grant_access(session, who, [("Image", built.images[0])], everybody)
        grant_access(session, scene.leader, [("Image", built.images[0])], everybody)
        mine = hierarchy(session, scene.member, projects=1, datasets=1, images=1)
        dataset = ("Dataset", mine.datasets[0])
        link_images_to_dataset(session, scene.member, [built.images[5]], mine.datasets[0])
        with pytest.raises(NotAllowedError, match="somebody else's"):
            grant_access(session, scene.member, [dataset], everybody)
        with pytest.raises(NotAllowedError, match="somebody else's"):
            create_share_link(session, scene.member, dataset)
        grant_access(session, scene.leader, [dataset], everybody)


def test_nothing_is_shared_by_putting_it_into_what_is_shared(
    database: Database, scene: Scene
) -> None:
    with database.writing() as session:
        mine = hierarchy(session, scene.member, projects=1, datasets=1, images=1)
        create_share_link(session, scene.member, ("Project", mine.projects[0]))
        with pytest.raises(NotAllowedError, match="is shared with others"):
            link_images_to_dataset(session, scene.member, [scene.built.images[0]], mine.datasets[0])
        link_images_to_dataset(session, scene.leader, [scene.built.images[0]], mine.datasets[0])


def test_grants_that_can_never_work_are_refused(database: Database, scene: Scene) -> None:
    image = ("Image", scene.built.images[0])
    refused: list[tuple[Any, Audience, dict[str, Any]]] = [
        ([], Audience(public=True), {}),
        ([image], Audience(), {}),
        ([image], Audience(public=True), {"level": GrantLevel.EDIT}),
        ([image], Audience(public=True), {"expires": NOW - HOUR}),
        ([image], Audience([2**40]), {}),
        ([("Folder", 1)], Audience(public=True), {}),
        ([("Image", 2**40)], Audience(public=True), {}),
    ]
    for targets, audience, facts in refused:
        with database.writing() as session, pytest.raises((InvalidInputError, NotFoundError)):
            grant_access(session, scene.owner, targets, audience, **facts)


def test_a_file_of_several_images_is_given_to_who_may_see_all_of_them(
    database: Database, scene: Scene
) -> None:
    first, second = scene.built.images[:2]
    with database.writing() as session:
        image = session.get_one(models.Image, first)
        owned = {
            name: getattr(image, name)
            for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
        }
        fileset = models.Fileset(root="/", format="TIFF", identity="x", **owned)
        file = models.OriginalFile(
            name="a.tif", path="/a.tif", size=1, modified=NOW, mtime_ns=1, **owned
        )
        session.add_all([fileset, file])
        session.flush()
        session.add(
            models.FilesetEntry(
                fileset_id=fileset.id,
                index=0,
                original_file_id=file.id,
                client_path="/a.tif",
                **owned,
            )
        )
        session.execute(
            sa.update(models.Image)
            .where(models.Image.id.in_([first, second]))
            .values(fileset_id=fileset.id)
        )
        scene.grant(session, ("Image", first))
        stranger = scene.again(session, scene.stranger)
        assert seen(session, stranger, models.OriginalFile) == [file.id]
        assert originals(session, stranger, [("Image", first)]) == []
        scene.grant(session, ("Image", second))
        stranger = scene.again(session, scene.stranger)
        (found,) = originals(session, stranger, [("Image", first)])
        assert found.id == file.id


@pytest.mark.slow
def test_both_ways_to_say_what_lies_in_a_scope_find_the_same_rows(
    database: Database, scene: Scene
) -> None:
    assert PARTS.items() <= WAYS.items()
    built = scene.built
    scopes = [
        Scope.of([("Project", built.projects[0]), ("Image", built.images[7])]),
        Scope.of([("Dataset", built.datasets[2])]),
        Scope.of([("Image", built.images[3])]),
        Scope.of([(kind, 10**9) for kind in KINDS]),
    ]
    with database.reading() as session:
        for scope in scopes:
            for name in WAYS:
                entity: Any = getattr(models, name)
                below, keys = within(scope, entity), keys_within(scope, entity)
                assert (below is None) == (keys is None), name
                if below is None or keys is None:
                    continue
                live = sa.select(entity.id).where(entity.deleted_event_id.is_(None))
                ids = set(session.scalars(live.where(below)))
                assert ids == set(session.scalars(live.where(entity.id.in_(keys)))), name


def test_a_link_shows_what_it_is_of_and_changes_nothing(database: Database, scene: Scene) -> None:
    built = scene.built
    with database.writing() as session:
        new = create_share_link(session, scene.owner, ("Dataset", built.datasets[0]), state="z=3")
        stored = session.scalars(sa.select(models.ShareLink.secret_hash)).one()
        assert new.secret not in stored
        opened = open_link(session, new.secret)
        assert opened is not None
        assert (opened.target, opened.state) == (("Dataset", built.datasets[0]), "z=3")
        for secret in (new.secret, opened.secret):
            viewer = viewer_of_link(session, secret)
            assert viewer is not None
            assert viewer.read_only
            assert seen(session, viewer, models.Image) == list(built.images[:2])
            assert seen(session, viewer, models.Project) == []
            assert seen(session, viewer, models.ShareLink) == []
            names = session.scalars(
                select_visible(viewer, models.Experimenter, models.Experimenter.user_name)
            )
            assert "stranger" not in set(names)
        revoke_share_links(session, scene.owner, [new.id])
        assert viewer_of_link(session, opened.secret) is None
        assert viewer_of_link(session, new.secret) is None
        assert open_link(session, new.secret) is None


def test_a_link_is_opened_as_often_as_it_may_be(database: Database, scene: Scene) -> None:
    with database.writing() as session:
        new = create_share_link(session, scene.owner, ("Image", 1), max_uses=2)
        assert viewer_of_link(session, new.secret) is None  # it has to be opened
        first = open_link(session, new.secret)
        assert first is not None
        again = open_link(session, new.secret, first.secret)
        assert again is not None
        assert again.secret == first.secret
        assert open_link(session, new.secret) is not None
        assert open_link(session, new.secret) is None
        assert viewer_of_link(session, first.secret) is not None
        row = session.scalars(sa.select(models.ShareLink)).one()
        assert row.uses == 2


def test_links_and_visits_end(database: Database, scene: Scene) -> None:
    with database.writing() as session:
        new = create_share_link(session, scene.owner, ("Image", 1), expires=NOW + HOUR)
        opened = open_link(session, new.secret)
        assert opened is not None
        assert opened.seconds <= 3600
        later = NOW + 2 * HOUR
        assert viewer_of_link(session, new.secret, now=later) is None
        assert viewer_of_link(session, opened.secret, now=later) is None
        assert open_link(session, new.secret, now=later) is None


def test_who_is_signed_in_sees_what_a_link_shows_besides(database: Database, scene: Scene) -> None:
    with database.writing() as session:
        new = create_share_link(session, scene.owner, ("Image", 1))
        opened = open_link(session, new.secret)
        secret = open_session(session, scene.stranger.experimenter_id)
        assert opened is not None
        both = viewer_of_secrets(session, f"{secret} {opened.secret}")
        assert both is not None
        assert both.experimenter_id == scene.stranger.experimenter_id
        assert not both.read_only
        assert seen(session, both, models.Image) == [1]
        assert not both.editable
        over = viewer_of_secrets(session, f"unknown {opened.secret}")
        assert over is not None
        assert over.experimenter_id == 0


def test_what_was_shared_is_in_the_audit_log(database: Database, scene: Scene) -> None:
    with database.writing() as session:
        key = scene.grant(session, ("Image", 1))
        revoke_access(session, scene.owner, [key])
        new = create_share_link(session, scene.owner, ("Image", 1))
        open_link(session, new.secret)
        revoke_share_links(session, scene.leader, [new.id])
        entry = models.AuditEntry
        rows = session.execute(sa.select(entry.action, entry.details).order_by(entry.id)).all()
    said = [action for action, _ in rows[-5:]]
    assert said == [
        "grant access",
        "revoke access",
        "create share link",
        "open share link",
        "revoke share link",
    ]
    assert all(new.secret not in details for _, details in rows)


def test_viewers_without_grants_get_the_statements_they_always_got(
    database: Database, scene: Scene
) -> None:
    with database.writing() as session:
        before = str(visible(scene.again(session, scene.member), models.Shape))
        scene.grant(session, ("Image", 1))
        after = str(visible(scene.again(session, scene.member), models.Shape))
        theirs = str(visible(scene.again(session, scene.stranger), models.Shape))
    assert before == after
    assert "EXISTS" not in after
    assert "EXISTS" in theirs


@pytest.mark.slow
def test_ways_that_meet_lead_to_the_same_rows_as_from_the_other_end(database_url: str) -> None:
    """Rows of all tables with links of all kinds, and scopes of each kind and of all."""
    database = Database(database_url)
    with database.writing() as session:
        populate(session, 3, 25)
    with database.writing() as session:
        session.execute(sa.text("ANALYZE"))  # PostgreSQL knows nothing of rows so new
    link: Any = models.AnnotationLink
    found: Counter[str] = Counter()
    with database.reading() as session:
        things = {
            kind: sorted(session.scalars(sa.select(getattr(models, kind).id)))[:15]
            for kind in KINDS
        }
        each = [Scope.of((kind, key) for key in keys) for kind, keys in things.items()]
        for scope in (*each, functools.reduce(operator.or_, each)):
            for name in ("AnnotationLink", "Annotation", "OriginalFile", "Reagent"):
                entity: Any = getattr(models, name)
                below, keys = within(scope, entity), keys_within(scope, entity)
                if below is None or keys is None:
                    assert below is None
                    assert keys is None
                    continue
                live = sa.select(entity.id).where(entity.deleted_event_id.is_(None))
                ids = set(session.scalars(live.where(below)))
                assert ids == set(session.scalars(live.where(entity.id.in_(keys)))), name
                found[name] += len(ids)
            for kind in ("Image", "Well", "ROI", "Project"):
                of_kind = sa.select(link.id).where(link.parent_type == kind)
                every, some = within(scope, link), within(scope, link, parents=[kind])
                assert every is not None
                wanted = set(session.scalars(of_kind.where(every)))
                assert wanted == (
                    set() if some is None else set(session.scalars(of_kind.where(some)))
                )
                found[kind] += len(wanted)

    database.close()

    assert len(found) == 8
    assert all(found.values()), found


@pytest.mark.parametrize(
    ("entity", "most"),
    [
        (models.Image, 10),
        (models.AnnotationLink, 32),
        (models.Annotation, 33),
        (models.OriginalFile, 45),
    ],
)
def test_the_statement_for_what_is_shared_stays_small(entity: Any, most: int) -> None:
    viewer = Viewer(2, shown=Scope.of([(kind, 1) for kind in KINDS]))

    dialect: Any = postgresql.dialect  # of no known type
    text = str(select_visible(viewer, entity, entity.id).compile(dialect=dialect()))

    assert text.count("FROM") <= most
