"""How tables hang together in OME-XML, from the mapping: what is in what and points at what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from store import models
from store.documents.mapping import ELEMENTS
from store.documents.parts import Back, Held, Many, Notes, Owned, Pairs, Table


@dataclass(frozen=True, slots=True)
class Child:
    """Rows of one table that are in rows of another."""

    table: Table
    column: str
    index: str


@dataclass(slots=True)
class Relations:
    """What rows of one table lead to."""

    columns: dict[str, None] = field(default_factory=dict)
    """All that the mapping keeps in the row."""
    children: dict[Child, None] = field(default_factory=dict)
    ones: dict[str, Table] = field(default_factory=dict)
    """Foreign key → table."""
    many: dict[Table, Table] = field(default_factory=dict)
    """Table of links → table of what is linked."""
    backs: dict[tuple[Table, str], None] = field(default_factory=dict)
    """Tables whose rows point here, and their foreign key."""
    held: dict[str, Table] = field(default_factory=dict)
    annotated: bool = False
    pairs: bool = False

    @property
    def leads_on(self) -> bool:
        """There is anything to follow from such a row."""
        return bool(self.children or self.ones or self.many or self.backs or self.annotated)


@cache
def relations() -> Mapping[Table, Relations]:
    """The relations of every table of the mapping."""
    found: dict[Table, Relations] = {}
    for element in ELEMENTS.values():
        mine = found.setdefault(element.table, Relations())
        mine.columns.update(dict.fromkeys(element.columns()))
        if element.name == "Pixels":
            mine.columns["storage"] = None  # says how channels are counted
        for one in element.references():
            mine.ones[one.column] = ELEMENTS[one.target].table
        for part in element.parts:
            if isinstance(part, Owned):
                child = Child(ELEMENTS[part.elements[0]].table, part.column, part.index)
                mine.children[child] = None
            elif isinstance(part, Many):
                mine.many[part.link] = ELEMENTS[part.target].table
            elif isinstance(part, Back):
                mine.backs[ELEMENTS[part.target].table, part.column] = None
            elif isinstance(part, Held):
                mine.held[part.column] = ELEMENTS[part.name].table
            elif isinstance(part, Notes):
                mine.annotated = True
            elif isinstance(part, Pairs) and not part.column:
                mine.pairs = True
    return found


HOLDERS: Mapping[Table, tuple[str, Table]] = {
    **dict.fromkeys(
        (
            *(models.Objective, models.Detector, models.FilterSet, models.Filter),
            *(models.Dichroic, models.LightSource),
        ),
        ("instrument_id", models.Instrument),
    ),
    models.MicrobeamManipulation: ("experiment_id", models.Experiment),
}
"""What has to be written for a row to be written, where only the row itself is referred to."""
