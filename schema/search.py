"""Search in one field, as a Relay connection of nodes of any type."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import exc

from schema.context import Context
from schema.fields import Argument, Computed, Named, field, named, value
from schema.ids import ID_MAX
from schema.levels import Reference
from schema.pagination import FIRST_DEFAULT, FIRST_MAX, PageInfo, described
from schema.roots import Told
from schema.types.nodes import Node
from store import search
from store.database import explained
from store.errors import InvalidInputError

COUNTED = 10_000
"""Objects of each type up to which they are counted."""
FACETS_MAX = 500
_CURSOR_MAX = 512


class SearchType(Enum):
    """What can be searched for."""

    PROJECT = "Project"
    SCREEN = "Screen"
    DATASET = "Dataset"
    PLATE = "Plate"
    FOLDER = "Folder"
    IMAGE = "Image"
    WELL = "Well"
    PLATE_ACQUISITION = "PlateAcquisition"
    ROI = "ROI"
    PROTOCOL = "Protocol"
    RUN = "Run"


described(
    SearchType,
    "What can be searched for.",
    {one.name: f"Results of the type {one.value}." for one in SearchType},
)


class SearchFacet(Enum):
    """By what results are counted."""

    TYPE = "type"
    OWNER = "owner"
    GROUP = "group"
    TAG = "tag"
    KEY = "key"


described(
    SearchFacet,
    "By what results are counted.",
    {
        "TYPE": "By type.",
        "OWNER": "By the user name of the owner.",
        "GROUP": "By the name of the group.",
        "TAG": "By tag.",
        "KEY": "By key of the key–values.",
    },
)


@value
class SearchFacetValue:
    """A value, and how many results have it."""

    value: str = field("The value.")
    count: int = field("How many results have it.")


@value
class SearchEdge:
    """One result, with its cursor."""

    cursor: str = field("Place of the result in the list.")
    score: int = field(
        "3 where the name is just what is looked for, 2 where the name holds it, else 1."
    )
    node: Node = field("What was found.", Named())


def _total(found: "Results") -> int:
    return sum(found.counts.values())


def _is_exact(found: "Results") -> bool:
    return all(number < COUNTED for number in found.counts.values())


def _facet(found: "Results", by: Any, first: int | None) -> list[SearchFacetValue]:
    values = found.ask(lambda one: search.facet(found.context.viewer, one, search.Facet(by.value)))
    most = 20 if first is None else first
    return [SearchFacetValue(value=text, count=number) for text, number in values[:most]]


def _checked_facet(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    first = values.get("first")
    if first is not None and not 1 <= first <= FACETS_MAX:
        raise InvalidInputError(f"`first` of {place} is {first}.", f"Ask for 1 to {FACETS_MAX}.")
    return {"by": values["by"], "first": first}


@value
class SearchConnection:
    """One page of results: best first, then by type, then newest first."""

    edges: list[SearchEdge] = field("The results of the page with cursors.")
    nodes: list[Node] = field("The results of the page.", Named())
    page_info: PageInfo = field("Where the page lies in the list.")
    total_count: int | None = field(
        f"Results in the whole list, counted up to {COUNTED:,} of each type.",
        Computed(_total),
        init=False,
    )
    total_count_is_exact: bool | None = field(
        "Whether `totalCount` is all there is.", Computed(_is_exact), init=False
    )
    facet: list[SearchFacetValue] | None = field(
        "How often values occur among the results, most often first; looks at the newest"
        f" {COUNTED:,} of each type.",
        Computed(
            _facet,
            [
                Argument("by", SearchFacet, "By what the results are counted."),
                Argument("first", int | None, f"Most values: 1 to {FACETS_MAX}.", 20),
            ],
            _checked_facet,
        ),
        init=False,
    )


class Results:
    """What `SearchConnection` is read from; searched once, counted only when asked for."""

    def __init__(
        self, context: Context, node: search.Node, kinds: Sequence[str], first: int, after: Any
    ) -> None:
        self.context = context
        self._node = node
        self._kinds = kinds
        self._search: search.Search | None = None
        places = self.ask(lambda one: one.page(first + 1, after))
        self.edges = [Result(place) for place in places[:first]]
        self.nodes = [edge.node for edge in self.edges]
        self.page_info = PageInfo(
            has_next_page=len(places) > first,
            has_previous_page=after is not None,
            start_cursor=self.edges[0].cursor if self.edges else None,
            end_cursor=self.edges[-1].cursor if self.edges else None,
        )

    def ask(self, question: Callable[[search.Search], Any]) -> Any:
        """Ask the search, on the snapshot of the request."""
        try:
            session = self.context.session
            if self._search is None:
                viewer = self.context.viewer
                self._search = search.Search(session, viewer, self._node, self._kinds)
                self.context.statements += self._search.statements
            before = self._search.statements
            answer = question(self._search)
            self.context.statements += self._search.statements - before
            return answer
        except (exc.DBAPIError, exc.TimeoutError) as error:
            self.context.refresh()
            raise explained(error) from error

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many results there are of each type."""
        counted: Mapping[str, int] = self.ask(lambda one: one.counts(COUNTED))
        return counted


@dataclass(frozen=True, slots=True)
class Result:
    """What `SearchEdge` is read from."""

    place: search.Place

    @property
    def score(self) -> int:
        """How good it is."""
        return self.place.score

    @property
    def node(self) -> Reference:
        """The row."""
        found: Reference = named(self.place.kind, self.place.id)
        return found

    @property
    def cursor(self) -> str:
        """Its place, written down."""
        text = orjson.dumps([self.place.score, self.place.kind, self.place.id])
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _after(text: str | None) -> search.Place | None:
    if text is None:
        return None
    try:
        if len(text) > _CURSOR_MAX:
            raise ValueError(text[:32])
        padded = text + "=" * (-len(text) % 4)
        score, kind, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if score not in (1, 2, 3) or kind not in search.KINDS or type(key) is not int:
            raise ValueError(text)
        if not 0 < key <= ID_MAX:
            raise ValueError(key)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInputError(
            f"{text[:64]!r} is no cursor of a search.",
            "Give an `endCursor` or `cursor` of the same search, unchanged.",
        ) from error
    return search.Place(score, kind, key)


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    first = values.get("first")
    first = FIRST_DEFAULT if first is None else first
    if not 0 <= first <= FIRST_MAX:
        raise InvalidInputError(
            f"`first` of {place} is {first}.", f"Ask for 0 to {FIRST_MAX}, and more with `after`."
        )
    return {
        "node": search.parse(values["query"]),
        "kinds": [kind.value for kind in values.get("types") or ()],
        "first": first,
        "after": _after(values.get("after")),
    }


SEARCH = Told(
    Results,
    [
        Argument(
            "query",
            str,
            'Words, "phrases", beginnings*, key:value, key:>5, key:1..3µm, tag:x, name:x,'
            " description:x, comment:x, file:x, channel:x, owner:x, group:x, type:image, id:42;"
            " AND, OR, NOT, -word and parentheses. Words without an operator must all be found.",
        ),
        Argument("types", list[SearchType] | None, "Only results of these types.", None),
        Argument("first", int | None, f"Size of the page: 0 to {FIRST_MAX}.", FIRST_DEFAULT),
        Argument("after", str | None, "Cursor of the result before the page."),
    ],
    _checked,
)
"""Everything that is found by a query."""
