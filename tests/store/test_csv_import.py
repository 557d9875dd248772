"""Key–values from tables: read, compared, applied all or not at all."""

import pytest
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.csv_import import Plan, TableImport, import_key_values
from store.edits.csv_table import read_table
from store.edits.history import begin_event, details
from store.edits.key_values import Mode, set_key_values
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from tests.build import Hierarchy, hierarchy
from tests.conftest import Statements
from tests.people import group, person


def stored(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    pair = models.MapPair
    rows = session.execute(
        select_visible(viewer, pair, pair.key, pair.value).order_by(pair.annotation_id, pair.index)
    )
    return [(key, value) for key, value in rows]


def run(
    session: Session,
    viewer: Viewer,
    text: str | bytes,
    built: Hierarchy,
    *,
    dry_run: bool = False,
    mode: Mode = Mode.REPLACE_KEYS,
) -> Plan:
    request = TableImport("Image", ("Dataset", built.datasets[0]), mode=mode)
    return import_key_values(session, viewer, read_table(text), request, dry_run=dry_run)


def build(session: Session, viewer: Viewer, images: int = 3) -> Hierarchy:
    return hierarchy(session, viewer, projects=1, datasets=1, images=images, channels=0)


@pytest.mark.parametrize(
    "text",
    [
        "Image,Gene,Dose (µM)\nImage 0.0.0,CDK5,1.5\n",
        "\ufeffImage;Gene;Dose (µM)\r\nImage 0.0.0;CDK5;1.5\r\n",
        "Image\tGene\tDose (µM)\r\n\r\nImage 0.0.0\tCDK5\t1.5",
        '\n"Image","Gene","Dose (µM)"\n"Image 0.0.0","CDK5","1.5"\n\n',
    ],
    ids=["commas", "mark and semicolons", "tabs and blank lines", "quotes"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_all_dialects_say_the_same(text: str, encoding: str) -> None:
    table = read_table(text.removeprefix("\ufeff").encode(encoding))

    assert table == read_table(text) or encoding == "utf-8-sig"
    assert table.headings == ["Image", "Gene", "Dose (µM)"]
    assert [line.cells for line in table.lines] == [["Image 0.0.0", "CDK5", "1.5"]]


def test_lines_are_counted_through_quoted_newlines_and_blank_lines() -> None:
    table = read_table('name,note\na,"one\ntwo"\n\nb,x\nc\nd,"say ""hi"""\n')

    assert [line.number for line in table.lines] == [2, 5, 6, 7]
    assert table.lines[0].cells == ["a", "one\ntwo"]
    assert table.lines[3].cells == ["d", 'say "hi"']
    assert "Line 6: 1 cells below 2 headings" in str(table.lines[2].error)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\nx,\xe9\n", "Line 2: byte 6 is no UTF-8"),
        (b'a,b\nc,d\n"never', "Line 3"),
        (b'a,b\nc,"d"e\n', "Line 2"),
        (b"name,Gene,gene \n", "columns 2 and 3 are both"),
        (b"name,,x\n", "Line 1: The heading of column 2 is empty"),
        (b"a" * (20 * 2**20 + 1), "20971521 bytes"),
        (b"a," * 201 + b"b\n", "202 columns"),
        (b"a\n" + b"x\n" * 10_001, "Line 10002"),
        (b"\xff\xfea", "Line 1"),
    ],
)
def test_tables_that_cannot_be_read_are_refused_with_the_line(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_table(data)


@pytest.mark.parametrize("cell", ["x\x00y", "x" * 10_001, "\ud800"])
def test_cells_that_cannot_be_kept_are_errors_of_their_line(cell: str) -> None:
    table = read_table(f"name,note\na,{cell}\nb,fine\n")

    assert [line.error is None for line in table.lines] == [False, True]


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = build(session, viewer)
        old = [("Gene", "A"), ("Dose (µM)", "1"), ("Kept", "k")]
        set_key_values(session, viewer, [("Image", built.images[0])], old)
        text = "name,Gene,Dose (µM),Cell\nImage 0.0.0,B,,HeLa\nImage 0.0.1,B,2,\n"
        plan = run(session, viewer, text, built, dry_run=True)
        before = stored(session, viewer)
        done = run(session, viewer, text, built)
        again = run(session, viewer, text, built)

        first, second = plan.rows
        assert (first.line, first.target) == (2, ("Image", built.images[0]))
        assert first.changed == [("Gene", "A", "B")]
        assert first.added == (("Cell", "HeLa"),)
        assert first.removed == (("Dose (µM)", "1"),)
        assert second.added == (("Gene", "B"), ("Dose (µM)", "2"))
        assert (plan.applied, done.applied) == (False, True)
        assert before == old
        assert stored(session, viewer) == [
            ("Gene", "B"),
            ("Kept", "k"),
            ("Cell", "HeLa"),
            ("Gene", "B"),
            ("Dose (µM)", "2"),
        ]
        assert [(row.added, row.changed, row.removed) for row in again.rows] == [((), [], ())] * 2


def test_values_stay_as_written_and_are_numbers_in_the_unit_of_the_heading(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = build(session, viewer)
        run(session, viewer, "name,temperature (°C)\nImage 0.0.0, 037.0 \n", built)
        pair = session.scalars(select_visible(viewer, models.MapPair)).one()

        assert (pair.key, pair.value) == ("temperature (°C)", "037.0")
        assert (pair.number, pair.unit, pair.base_number) == (37.0, "°C", 310.15)


def test_one_bad_row_keeps_all_rows_out(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = build(session, viewer)
        twin = session.get_one(models.Image, built.images[2])
        twin.name = "Image 0.0.1"
        session.flush()
        text = (
            "name,Gene\nImage 0.0.0,A\nImage 0.0.1,A\nnowhere,A\n,A\nImage 0.0.0,B\nImage 0.0.0\n"
        )
        plan = run(session, viewer, text, built)
        errors = {row.line: row.error.message for row in plan.rows if row.error is not None}

        assert not plan.applied
        assert sorted(errors) == [3, 4, 5, 6, 7]
        assert "2 objects" in errors[3]
        assert "no Image 'nowhere'" in errors[4]
        assert "not named" in errors[5]
        assert "stands in line 2 already" in errors[6]
        assert "1 cells below 2" in errors[7]
        assert stored(session, viewer) == []


def test_ids_find_objects_too(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = build(session, viewer)
        one, other = built.images[0], built.images[1]
        table = read_table(f"Gene,Image ID\nA,{one}\nB,Image:{other}\n")
        request = TableImport("Image", column="image id")
        plan = import_key_values(session, viewer, table, request, dry_run=False)
        missing = import_key_values(
            session,
            viewer,
            read_table("id,Gene\n999,A\nDataset:1,B\n"),
            TableImport("Image"),
            dry_run=False,
        )

        assert plan.applied
        assert [row.target for row in plan.rows] == [("Image", one), ("Image", other)]
        assert [type(row.error) for row in missing.rows] in (
            [NotFoundError, InvalidInputError],
            [InvalidInputError, InvalidInputError],
        )
        assert not missing.applied


def test_wells_are_found_by_row_and_column(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        assert viewer.default_group_id is not None
        owned = details(
            viewer, viewer.default_group_id, begin_event(session, viewer, viewer.default_group_id)
        )
        plate = models.Plate(name="plate", **owned)
        session.add(plate)
        session.flush()
        places = [(0, 0), (1, 6), (26, 11)]
        wells = [
            models.Well(plate_id=plate.id, row=row, column=column, **owned)
            for row, column in places
        ]
        session.add_all(wells)
        session.flush()
        request = TableImport("Well", ("Plate", plate.id))
        text = "Well,Gene\nA1,x\nb07,y\nAA12,z\nH12,none\n?,none\n"
        plan = import_key_values(session, viewer, read_table(text), request, dry_run=True)

        assert [row.target for row in plan.rows[:3]] == [("Well", well.id) for well in wells]
        assert [row.error is None for row in plan.rows] == [True, True, True, False, False]


def test_images_of_a_plate_are_found_by_their_names_and_by_their_wells(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        assert viewer.default_group_id is not None
        owned = details(
            viewer, viewer.default_group_id, begin_event(session, viewer, viewer.default_group_id)
        )
        images = build(session, viewer, 4).images
        plate = models.Plate(name="plate", **owned)
        session.add(plate)
        session.flush()
        for column, its in enumerate((images[:1], images[1:2], images[2:])):
            well = models.Well(plate_id=plate.id, row=1, column=column, **owned)
            session.add(well)
            session.flush()
            session.add_all(
                models.WellSample(well_id=well.id, image_id=image, index=n, **owned)
                for n, image in enumerate(its)
            )
        session.flush()
        request = TableImport("Image", ("Plate", plate.id))
        text = "Image,Gene\nB1,x\nImage 0.0.1,y\nb03,several\nC9,none\n"
        plan = import_key_values(session, viewer, read_table(text), request, dry_run=True)

        assert [row.target for row in plan.rows[:2]] == [("Image", key) for key in images[:2]]
        assert [row.error is None for row in plan.rows] == [True, True, False, False]
        assert "2 objects" in str(plan.rows[2].error)


def test_containers_and_columns_that_do_not_exist_are_refused(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        table = read_table("name,Gene\na,b\n")
        for request, error in (
            (TableImport("Image", ("Dataset", 99)), NotFoundError),
            (TableImport("Image", column="nowhere"), InvalidInputError),
            (TableImport("Well"), InvalidInputError),
            (TableImport("Channel"), InvalidInputError),
            (TableImport("Nonsense"), InvalidInputError),
        ):
            with pytest.raises(error):
                import_key_values(session, viewer, table, request, dry_run=True)


def test_rows_of_objects_that_are_closed_to_the_viewer_are_errors(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner, member = (person(session, viewer, name, [key]) for name in ("owner", "member"))
        built = build(session, owner, 1)
        plan = run(session, member, "name,Gene\nImage 0.0.0,A\n", built)

        assert [type(row.error) for row in plan.rows] == [NotAllowedError]


def test_the_number_of_statements_does_not_depend_on_the_table(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        built = build(session, viewer, 200)
    names = [f"Image 0.0.{n}" for n in range(200)]
    for number, expected in ((2, 5), (2, 7), (200, 7)):
        text = "name,Gene,Dose\n" + "".join(f"{name},A,{number}\n" for name in names[:number])
        with (
            statements(database, expected),
            database.writing() as session,
        ):
            run(session, viewer, text, built, dry_run=True)
        with database.writing() as session:
            run(session, viewer, text, built)
