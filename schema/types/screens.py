"""Screens, plates, wells and what is in them."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from render.mosaic import CELL_SIZES
from schema import reads
from schema.context import Context
from schema.fields import Column, Derived, Many, One, Paged, counted_children, entity, field, value
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.made import protocols_of
from schema.types.owned import Owned
from schema.types.scalars import Color, Length, frame_position, packed_color
from schema.types.sharing import GRANTS, LINKS, grants_of, links_of
from store import models
from store.access import select_visible, visible
from store.models.among import among
from store.models.enums import NamingConvention
from store.queries import screens

SCREEN_PLATES = Children(models.Plate, models.ScreenPlateLink)
PLATE_SCREENS = Children(models.Screen, models.ScreenPlateLink, "child_id", "parent_id")
PLATE_WELLS = Children(models.Well, parent="plate_id")
WELL_FIELDS = Children(models.WellSample, parent="well_id")
ACQUISITION_FIELDS = Children(models.WellSample, parent="plate_acquisition_id")


@entity(models.Screen)
@annotatable
class Screen(Owned, Annotated):
    """A set of plates."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    grants: list[lazy.AccessGrant] = field(GRANTS, grants_of("Screen"))
    share_links: list[lazy.ShareLink] = field(LINKS, links_of("Screen"))
    type: str | None = field("What kind of screen.")
    reagent_set_identifier: str | None = field("Identifier of its set of reagents.")
    reagent_set_description: str | None = field("What its set of reagents is.")
    plate_count: int = field("Plates in it that you can see.", counted_children(SCREEN_PLATES))
    plates: Connection[lazy.Plate] = field("The plates in it.", Paged(SCREEN_PLATES))
    reagents: Connection[lazy.Reagent] = field(
        "The reagents that its wells may have.",
        Paged(Children(models.Reagent, parent="screen_id")),
    )
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that it was done by.", protocols_of("Screen")
    )


@value
class PlateLevel:
    """One size at which a plate can be seen as a picture."""

    level: int = field("Its number, as in addresses; 0 has the largest cells.")
    cell_size: int = field(
        "Width and height of a well in pixels: that of row r and column c begins at"
        " c × cellSize from the left and r × cellSize from the top."
    )
    width: int = field("Pixels of the whole plate.")
    height: int = field("Pixels of the whole plate.")


@value
class PlatePicture:
    """A plate as one large picture in tiles, a cell for each well."""

    tile_url: str = field(
        "Template of the addresses of tiles: put in level, x, y and format, and add choices such"
        " as field, acquisition, windows and c as a query."
    )
    rows: int = field("Rows of cells.")
    columns: int = field("Columns of cells.")
    default_field: int = field(
        "Number of the field that is shown unless another is asked for, from 0."
    )
    field_count: int = field("Most fields of any well that you can see.")
    levels: list[PlateLevel] = field("The sizes on offer, the largest cells first.")


def plate_pictures(context: Context, ids: Sequence[int]) -> Mapping[int, PlatePicture]:
    """Read what is needed to show plates that have wells; two statements."""
    keys = {"keys": list(ids)}
    counts = context.rows(screens.select_field_counts(context.viewer).limit(reads.ROWS_MAX), keys)
    found = context.rows(screens.select_layouts(context.viewer).limit(reads.ROWS_MAX), keys)
    layouts = [screens.layout_of(row) for row in found]
    return {
        layout.plate_id: plate_picture(layout, dict(counts).get(layout.plate_id, 0))
        for layout in layouts
        if layout.rows and layout.columns
    }


def plate_picture(layout: screens.PlateLayout, field_count: int) -> PlatePicture:
    """Say at what sizes a plate can be seen, and where."""
    return PlatePicture(
        tile_url=f"/plates/{layout.plate_id}/{{level}}/{{x}}/{{y}}.{{format}}",
        rows=layout.rows,
        columns=layout.columns,
        default_field=layout.field,
        field_count=field_count,
        levels=[
            PlateLevel(
                level=level,
                cell_size=cell,
                width=layout.columns * cell,
                height=layout.rows * cell,
            )
            for level, cell in enumerate(CELL_SIZES)
        ],
    )


@entity(models.Plate)
@annotatable
class Plate(Owned, Annotated):
    """A plate with wells; may be in many screens."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    grants: list[lazy.AccessGrant] = field(GRANTS, grants_of("Plate"))
    share_links: list[lazy.ShareLink] = field(LINKS, links_of("Plate"))
    status: str | None = field("How far it is, in the words of who made it.")
    external_identifier: str | None = field("What other systems call it.")
    row_naming_convention: NamingConvention | None = field(
        "What its rows are named by; letters where not known.", Column(choice(NamingConvention))
    )
    column_naming_convention: NamingConvention | None = field(
        "What its columns are named by; numbers where not known.",
        Column(choice(NamingConvention)),
    )
    well_origin_x: Length | None = field(
        "Where the first well lies.", Column(frame_position, "well_origin_x", "well_origin_x_unit")
    )
    well_origin_y: Length | None = field(
        "Where the first well lies.", Column(frame_position, "well_origin_y", "well_origin_y_unit")
    )
    rows: int | None = field("Rows of wells.")
    columns: int | None = field("Columns of wells.")
    field_index: int | None = field("Number of the field that is shown for a well, from 0.")
    well_count: int = field(
        "Wells that anything is known of and that you can see.", counted_children(PLATE_WELLS)
    )
    wells: Connection[lazy.Well] = field(
        "The wells that anything is known of.", Paged(PLATE_WELLS, "POSITION_ASC")
    )
    plate_acquisitions: Connection[lazy.PlateAcquisition] = field(
        "The runs of imaging it.", Paged(Children(models.PlateAcquisition, parent="plate_id"))
    )
    picture: PlatePicture | None = field(
        "The plate as one picture; null for a plate without wells.",
        Derived(plate_pictures, lambda picture: picture),
    )
    screens: Connection[Screen] = field("The screens that it is in.", Paged(PLATE_SCREENS))
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that it was made by.", protocols_of("Plate")
    )


@entity(models.PlateAcquisition)
@annotatable
class PlateAcquisition(Owned, Annotated):
    """One run of imaging a plate."""

    plate: Plate | None = field("The plate.", One("plate_id"))
    name: str | None = field("Name.")
    description: str | None = field("Free text.")
    start_time: dt.datetime | None = field("When the first image was taken.")
    end_time: dt.datetime | None = field("When the last image was taken.")
    maximum_field_count: int | None = field("Most fields of any well.")
    field_count: int = field("Fields in it that you can see.", counted_children(ACQUISITION_FIELDS))
    well_samples: Connection[lazy.WellSample] = field(
        "The fields that were taken.", Paged(ACQUISITION_FIELDS, "INDEX_ASC")
    )


def letters(number: int) -> str:
    """Name a row or column by letters, from 0.

    >>> [letters(number) for number in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    name = ""
    while number >= 0:
        name = chr(ord("A") + number % 26) + name
        number = number // 26 - 1
    return name


def well_label(row: int, column: int, rows: str | None, columns: str | None) -> str:
    """Name a well by its plate's conventions.

    Args:
        row: From 0.
        column: From 0.
        rows: What rows are named by: "letter", also where not known, or "number".
        columns: What columns are named by: "number", also where not known, or "letter".

    >>> well_label(1, 6, None, None)
    'B07'
    >>> well_label(1, 6, "number", "number")
    '2-7'
    """
    row_name = str(row + 1) if rows == NamingConvention.NUMBER else letters(row)
    if columns == NamingConvention.LETTER:
        same = row_name.isalpha()
        return f"{row_name}-{letters(column)}" if same else row_name + letters(column)
    return f"{row_name}{column + 1:02}" if row_name.isalpha() else f"{row_name}-{column + 1}"


def _well_labels(context: Context, ids: Sequence[int]) -> Mapping[int, str]:
    """Name wells; one statement."""
    well, plate = models.Well, models.Plate
    conventions = (plate.row_naming_convention, plate.column_naming_convention)
    joined = sa.and_(plate.id == well.plate_id, visible(context.viewer, plate))
    statement = (
        select_visible(context.viewer, well, well.id, well.row, well.column, *conventions)
        .outerjoin(plate, joined)
        .where(among(well.id, reads.KEYS))
        .limit(reads.ROWS_MAX)
    )
    rows = context.rows(statement, {"keys": list(ids)})
    return {key: well_label(*place) for key, *place in rows}


@entity(models.Well)
@annotatable
class Well(Owned, Annotated):
    """One well of a plate."""

    plate: Plate | None = field("The plate.", One("plate_id"))
    row: int = field("Its row, from 0.")
    column: int = field("Its column, from 0.")
    label: str = field(
        "What people call it, such as B07, by the naming conventions of its plate.",
        Derived(_well_labels, lambda label: label),
    )
    external_description: str | None = field("What other systems say about it.")
    external_identifier: str | None = field("What other systems call it.")
    type: str | None = field("What it is for, such as a control.")
    status: str | None = field("How far it is, in the words of who made it.")
    color: Color | None = field("Colour that marks it.", Column(packed_color))
    field_count: int = field("Fields in it that you can see.", counted_children(WELL_FIELDS))
    well_samples: Connection[lazy.WellSample] = field(
        "Its fields of view.", Paged(WELL_FIELDS, "INDEX_ASC")
    )
    reagents: list[lazy.Reagent] = field(
        "What was put into it.", Many(Children(models.Reagent, models.WellReagentLink), "id")
    )


@entity(models.WellSample)
class WellSample(Owned):
    """One field of view of a well."""

    well: Well | None = field("The well.", One("well_id"))
    index: int = field("Its number among the fields of the plate, as the file counts them.")
    image: lazy.Image | None = field("The image that shows it.", One("image_id"))
    plate_acquisition: PlateAcquisition | None = field(
        "The run of imaging that it was taken in.", One("plate_acquisition_id")
    )
    position_x: Length | None = field(
        "Where it lies.", Column(frame_position, "position_x", "position_x_unit")
    )
    position_y: Length | None = field(
        "Where it lies.", Column(frame_position, "position_y", "position_y_unit")
    )
    timepoint: dt.datetime | None = field("When it was taken.")


@entity(models.Reagent)
@annotatable
class Reagent(Owned, Annotated):
    """A substance that was put into wells."""

    screen: Screen | None = field("The screen that it belongs to.", One("screen_id"))
    name: str | None = field("Name.")
    description: str | None = field("Free text.")
    reagent_identifier: str | None = field("Identifier, such as a catalogue number.")
    wells: Connection[Well] = field(
        "The wells that it was put into.",
        Paged(Children(models.Well, models.WellReagentLink, "child_id", "parent_id")),
    )
