"""What facets and histograms of lists look like."""

import inspect
from typing import dataclass_transform

import strawberry

from store.queries.facets import Facet

FACET_MAX = 200
"""Values of one facet."""
BINS_MAX = 200
"""Bars of one histogram."""

FACETS = {
    "OWNER": "Whose they are.",
    "GROUP": "Whose permissions they have.",
    "TAG": "Tags that you can see.",
    "KEY": "Keys of key–values.",
    "KEY_VALUE": "Values of one key of key–values: give `key`.",
    "ANNOTATION_KIND": "Kinds of annotations.",
    "NAMESPACE": "Namespaces of annotations.",
    "RATING": "Ratings, from 0 to 5.",
    "PIXEL_TYPE": "Types of samples, of images.",
    "CHANNEL": "Names of channels, of images.",
    "FORMAT": "Formats of files, of images.",
    "ACQUISITION_MONTH": "Months of acquisition in UTC, such as 2026-01, of images.",
    "DATASET": "Datasets that images are in.",
    "PROJECT": "Projects that images and datasets are in.",
    "PLATE": "Plates that images and wells are on.",
    "SCREEN": "Screens that plates are in.",
}


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def _type[T: type](cls: T) -> T:
    return strawberry.type(cls, description=inspect.getdoc(cls))


@_type
class FacetValue:
    """One value, and how many rows have it."""

    value: str = strawberry.field(description="The value.")
    label: str = strawberry.field(description="How it is shown: of people, their full name.")
    id: strawberry.ID | None = strawberry.field(
        description="Id of what the value names, where that is an object."
    )
    count: int = strawberry.field(description="Rows of the list that have it.")


@_type
class FacetValues:
    """The values that occur most often in a list."""

    values: list[FacetValue] = strawberry.field(
        description="Those that most rows have come first, then in the order of their characters."
    )
    has_more: bool = strawberry.field(description="Whether there are further values.")


@_type
class HistogramBin:
    """One part of the range of numbers."""

    start: float = strawberry.field(description="Least number that belongs to it.")
    end: float = strawberry.field(
        description="Where the next begins; the last one includes its end."
    )
    count: int = strawberry.field(description="Numbers in it.")


@_type
class Histogram:
    """How numbers are distributed."""

    bins: list[HistogramBin] = strawberry.field(
        description="Parts of equal width, in order; none if there are no numbers."
    )
    min: float | None = strawberry.field(description="Least number; null if there are none.")
    max: float | None = strawberry.field(description="Greatest number; null if there are none.")
    count: int = strawberry.field(description="How many numbers there are.")
    unit: str | None = strawberry.field(description="Symbol of the numbers' unit.")


strawberry.enum(Facet, description="By what the rows of a list are counted.")
for _value in Facet.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = FACETS[_value.name]
