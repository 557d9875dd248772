"""Light sources of five kinds."""

from schema.fields import Column, One, Paged, entity, field, interface
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.devices import Part
from schema.types.owned import Owned
from schema.types.scalars import (
    Frequency,
    KeyValue,
    Length,
    Power,
    pairs,
    quantity,
    wavelength,
)
from store import models
from store.models.enums import ArcType, FilamentType, LaserMedium, LaserType, Pulse


@interface(models.LightSource)
@annotatable
class LightSource(Owned, Part, Annotated):
    """A light source of any kind."""

    power: Power | None = field(
        "Power of the light.", Column(quantity(Power, "mW"), "power", "power_unit")
    )
    settings: Connection[lazy.LightSourceSettings] = field(
        "How it was used.", Paged(Children(models.LightSourceSettings, parent="light_source_id"))
    )
    pumped: Connection[lazy.Laser] = field(
        "The lasers that it drives.", Paged(Children(models.Laser, parent="pump_id"))
    )


@entity(models.Laser)
class Laser(LightSource):
    """A laser."""

    type: LaserType | None = field("What kind.", Column(choice(LaserType)))
    laser_medium: LaserMedium | None = field(
        "What its light comes from.", Column(choice(LaserMedium))
    )
    wavelength: Length | None = field(
        "Wavelength of its light.", Column(wavelength, "wavelength", "wavelength_unit")
    )
    frequency_multiplication: int | None = field("Factor by which the frequency is multiplied.")
    tuneable: bool | None = field("Whether its wavelength can be chosen.")
    pulse: Pulse | None = field("How its light comes in time.", Column(choice(Pulse)))
    pockel_cell: bool | None = field("Whether it has a Pockels cell.")
    repetition_rate: Frequency | None = field(
        "How often its pulses come.",
        Column(quantity(Frequency, "Hz"), "repetition_rate", "repetition_rate_unit"),
    )
    pump: LightSource | None = field("The light source that drives it.", One("pump_id"))


@entity(models.Arc)
class Arc(LightSource):
    """An arc lamp."""

    type: ArcType | None = field("Its gas.", Column(choice(ArcType)))


@entity(models.Filament)
class Filament(LightSource):
    """A lamp with a filament."""

    type: FilamentType | None = field("What kind.", Column(choice(FilamentType)))


@entity(models.LightEmittingDiode)
class LightEmittingDiode(LightSource):
    """A light-emitting diode."""


@entity(models.GenericExcitationSource)
class GenericExcitationSource(LightSource):
    """A light source of a kind that OME has no element for."""

    map: list[KeyValue] | None = field("What the file says about it.", Column(pairs, cached=False))
