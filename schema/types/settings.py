"""How the parts of an instrument were used for images and channels, and in what surroundings."""

from schema.fields import Column, Many, One, entity, field
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.owned import Owned
from schema.types.scalars import (
    ElectricPotential,
    Frequency,
    KeyValue,
    Length,
    Pressure,
    Temperature,
    frame_position,
    pairs,
    quantity,
    wavelength,
)
from store import models
from store.models.enums import Binning, Medium


@entity(models.ObjectiveSettings)
class ObjectiveSettings(Owned):
    """How an objective was used for one image."""

    objective: lazy.Objective | None = field("The objective.", One("objective_id"))
    image: lazy.Image | None = field("The image.", One("image_id"))
    correction_collar: float | None = field("Position of the correction collar.")
    medium: Medium | None = field("What was below the objective.", Column(choice(Medium)))
    refractive_index: float | None = field("Refractive index of the medium.")


@entity(models.DetectorSettings)
class DetectorSettings(Owned):
    """How a detector was used for one channel."""

    detector: lazy.Detector | None = field("The detector.", One("detector_id"))
    channel: lazy.Channel | None = field("The channel.", One("channel_id"))
    offset: float | None = field("Offset, in the manufacturer's measure.")
    gain: float | None = field("Gain, in the manufacturer's measure.")
    voltage: ElectricPotential | None = field(
        "Voltage.", Column(quantity(ElectricPotential, "V"), "voltage", "voltage_unit")
    )
    zoom: float | None = field("Zoom factor.")
    read_out_rate: Frequency | None = field(
        "Pixels read in a time.",
        Column(quantity(Frequency, "MHz"), "read_out_rate", "read_out_rate_unit"),
    )
    binning: Binning | None = field("How many pixels were read as one.", Column(choice(Binning)))
    integration: int | None = field("Frames that were averaged or summed.")


@entity(models.LightSourceSettings)
class LightSourceSettings(Owned):
    """How a light source was used for one channel, or in one microbeam manipulation."""

    light_source: lazy.LightSource | None = field("The light source.", One("light_source_id"))
    channel: lazy.Channel | None = field("The channel.", One("channel_id"))
    microbeam_manipulation: lazy.MicrobeamManipulation | None = field(
        "The manipulation.", One("microbeam_manipulation_id")
    )
    attenuation: float | None = field("Fraction of the light that was held back, 0 to 1.")
    wavelength: Length | None = field(
        "Wavelength that was used.", Column(wavelength, "wavelength", "wavelength_unit")
    )


@entity(models.LightPath)
@annotatable
class LightPath(Owned, Annotated):
    """The filters and the dichroic that the light of one channel went through."""

    channel: lazy.Channel | None = field("The channel.", One("channel_id"))
    excitation_filters: list[lazy.Filter] = field(
        "The filters of exciting light, in the order in which it passed them.",
        Many(Children(models.Filter, models.LightPathExcitationFilterLink), "index"),
    )
    dichroic: lazy.Dichroic | None = field("The dichroic mirror.", One("dichroic_id"))
    emission_filters: list[lazy.Filter] = field(
        "The filters of emitted light, in the order in which it passed them.",
        Many(Children(models.Filter, models.LightPathEmissionFilterLink), "index"),
    )


@entity(models.ImagingEnvironment)
class ImagingEnvironment(Owned):
    """Temperature, pressure and air around the sample of one image."""

    image: lazy.Image | None = field("The image.", One("image_id"))
    temperature: Temperature | None = field(
        "Temperature.", Column(quantity(Temperature, "°C"), "temperature", "temperature_unit")
    )
    air_pressure: Pressure | None = field(
        "Pressure of the air.",
        Column(quantity(Pressure, "mbar"), "air_pressure", "air_pressure_unit"),
    )
    humidity: float | None = field("Fraction, 0 to 1.")
    co2_percent: float | None = field(
        "Carbon dioxide in the air: a fraction, 0 to 1, as OME defines it."
    )
    map: list[KeyValue] | None = field("What else the file says.", Column(pairs, cached=False))


@entity(models.StageLabel)
class StageLabel(Owned):
    """Where the stage was for one image."""

    image: lazy.Image | None = field("The image.", One("image_id"))
    name: str = field("What the place is called.")
    x: Length | None = field("Position of the stage.", Column(frame_position, "x", "x_unit"))
    y: Length | None = field("Position of the stage.", Column(frame_position, "y", "y_unit"))
    z: Length | None = field("Position of the stage.", Column(frame_position, "z", "z_unit"))
