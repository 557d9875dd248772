"""Units in GraphQL: one enumeration for each dimension, and conversion where values are shown."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

from schema.fields import Argument, Computed
from schema.pagination import described
from store.models.units import BASE, Dimension, UnitOf, convert, units_of

_NAMES = {
    Dimension.LENGTH: "LengthUnit",
    Dimension.TIME: "TimeUnit",
    Dimension.PRESSURE: "PressureUnit",
    Dimension.ANGLE: "AngleUnit",
    Dimension.TEMPERATURE: "TemperatureUnit",
    Dimension.ELECTRIC_POTENTIAL: "ElectricPotentialUnit",
    Dimension.POWER: "PowerUnit",
    Dimension.FREQUENCY: "FrequencyUnit",
}


def _size(unit: UnitOf) -> str:
    if unit.scale is None:
        return f"{unit.symbol}: has no fixed size and cannot be converted."
    if unit.offset:
        return f"{unit.symbol}: {float(unit.scale):.6g} K, from {float(unit.offset):.6g} K."
    if unit.scale == 1:
        return f"{unit.symbol}: the unit that the others are counted in."
    return f"{unit.symbol}: {float(unit.scale):.6g} {BASE[unit.dimension]}."


def _enumeration(dimension: Dimension) -> type[Enum]:
    units = units_of(dimension).values()
    names = {unit.name: unit.symbol for unit in units}
    made: type[Enum] = cast("Any", Enum)(_NAMES[dimension], names)
    sizes = {unit.name: _size(unit) for unit in units}
    return described(made, f"Units of {dimension}.", sizes)


UNITS: Mapping[Dimension, type[Enum]] = {one: _enumeration(one) for one in Dimension}
"""The enumerations; the values are symbols."""


def _converted(quantity: Any, unit: Enum) -> float:
    return convert(quantity.value, quantity.unit, unit.value)


def converted(dimension: Dimension) -> Computed:
    """Make the source of a quantity's field that gives its value in another unit."""
    wanted = Argument("unit", UNITS[dimension], "The unit wanted.")
    return Computed(_converted, [wanted])
