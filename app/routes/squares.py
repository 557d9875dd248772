"""Squares of a plane: how addresses of tiles and of their samples say where they are."""

from dataclasses import dataclass

from app.routes.parameters import Parameters, within
from store.pixels.source import Level, PixelSource, Region

DEFAULT_SIZE = 512


@dataclass(frozen=True, slots=True)
class Square:
    """One square of one plane of an image; checked as far as that goes without the image."""

    image: int
    level: int
    z: int
    t: int
    x: int
    y: int
    """Column and row in the grid of squares of this size."""
    size: int

    @property
    def name(self) -> tuple[int, int, int, int]:
        """What tells it from other squares of the same planes."""
        return self.level, self.x, self.y, self.size

    def region(self, source: PixelSource) -> Region:
        """Return its rectangle in pixels of its level; smaller at the right and bottom edge.

        Raises:
            OutOfRangeError: The image has no such level or square.
        """
        levels = source.levels
        level = levels[within("level", self.level, len(levels), "levels")]
        return region_of(level, self.size, self.x, self.y)


def region_of(level: Level, size: int, column: int, row: int) -> Region:
    """Return the rectangle of a square of a level; smaller at the right and bottom edge.

    Raises:
        OutOfRangeError: The level has no such square.
    """
    x = size * within("x", column, -(-level.width // size), "tiles across at this level")
    y = size * within("y", row, -(-level.height // size), "tiles down at this level")
    return Region(x, y, min(size, level.width - x), min(size, level.height - y))


def square_of(found: Parameters) -> Square:
    """Return the square that an address asks for.

    Raises:
        InvalidInputError: A number that is none, or out of its range.
        NotFoundError: The image's id cannot exist.
    """
    return Square(
        image=found.identity("image", "image"),
        level=found.place("level"),
        z=found.place("z"),
        t=found.place("t"),
        x=found.place("x"),
        y=found.place("y"),
        size=found.number("size", 64, 2048, DEFAULT_SIZE),
    )
