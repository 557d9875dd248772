"""What of an image is shown first: a section or a projection of some, and a time point."""

from dataclasses import dataclass

from render.errors import SettingsError
from render.projection import Projection
from render.query import format_projection, parse_projection


@dataclass(frozen=True, slots=True)
class View:
    """What of an image is shown first. Tiles name their plane themselves; thumbnails show it.

    Raises:
        SettingsError: A place before the first.
    """

    z: int
    """Section, from 0."""
    t: int = 0
    """Time point, from 0."""
    projection: Projection | None = None
    """Sections or time points that become one; none shows the section alone."""

    def __post_init__(self) -> None:
        for name, place in (("section", self.z), ("time point", self.t)):
            if place < 0:
                raise SettingsError(f"There is no {name} {place}.", "Count from 0.")

    def canonical(self) -> str:
        """Text that is equal for equal views."""
        projection = "" if self.projection is None else f" {format_projection(self.projection)}"
        return f"{self.z} {self.t}{projection}"


def default_view(size_z: int) -> View:
    """Return the view of an image that nobody has adjusted: the middle section, the first time.

    Args:
        size_z: Number of sections.

    Source: OMERO's default section.
    """
    return View(size_z // 2)


def view_of(z: int | None, t: int | None, projection: str | None, size_z: int, size_t: int) -> View:
    """Return a view of an image, checked against its size.

    Args:
        z: Section, from 0; the middle one if none.
        t: Time point, from 0; the first if none.
        projection: As in an address, such as `max:4-18`; none if none.
        size_z: Number of sections.
        size_t: Number of time points.

    Raises:
        SettingsError: The image has no such place, or the projection is not understood; its
            path is `z`, `t` or `projection`.
    """
    places = {"z": (z, size_z // 2, size_z), "t": (t, 0, size_t)}
    chosen = {}
    for name, (place, usual, size) in places.items():
        chosen[name] = usual if place is None else place
        if not 0 <= chosen[name] < size:
            raise SettingsError(
                f"`{name}` is {chosen[name]}.", f"The image has 0 to {size - 1}."
            ).at(name)
    try:
        planes = None if projection is None else parse_projection(projection, size_z, size_t)
    except SettingsError as error:
        raise error.at("projection") from None
    return View(chosen["z"], chosen["t"], planes)
