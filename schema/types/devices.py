"""What all devices have: who made them, and the instrument that they belong to."""

import strawberry

from schema.fields import One, field
from schema.types import lazy
from schema.types.nodes import Node


@strawberry.interface(description="A device: who made it, and which one it is.")
class Device(Node):
    """A device: who made it, and which one it is (OME: ManufacturerSpec)."""

    manufacturer: str | None = field("Who made it.")
    model: str | None = field("What the manufacturer calls it.")
    serial_number: str | None = field("Serial number.")
    lot_number: str | None = field("Lot number.")


@strawberry.interface(description="A device that belongs to an instrument.")
class Part(Device):
    """A device that belongs to an instrument."""

    instrument: lazy.Instrument | None = field(
        "The instrument that it belongs to.", One("instrument_id")
    )
