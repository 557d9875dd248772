"""Units: sizes against independently known values, conversion, reading from text."""

import math

import pytest

from store.errors import InvalidInputError
from store.models import units
from store.models.units import Dimension, convert, parse_quantity

KNOWN = [
    # From tables of physical constants and handbooks, not from our own factors.
    (1, "in", "cm", 2.54),
    (1, "mi", "km", 1.609344),
    (1, "yd", "m", 0.9144),
    (1, "ft", "in", 12),
    (1, "thou", "µm", 25.4),
    (72, "pt", "in", 1),
    (12, "li", "in", 1),
    (10, "Å", "nm", 1),
    (1, "ua", "km", 149_597_870.7),
    (1, "ly", "m", 9_460_730_472_580_800),
    (1, "pc", "ly", 3.261563777167434),
    (1, "pc", "m", 3.085677581491367e16),
    (1, "d", "h", 24),
    (1, "h", "s", 3600),
    (1500, "ms", "s", 1.5),
    (1, "atm", "mbar", 1013.25),
    (1, "atm", "psi", 14.695948775513),
    (760, "Torr", "atm", 1),
    (1, "mm Hg", "Pa", 133.322387415),
    (1, "psi", "kPa", 6.894757293168361),
    (1, "Mbar", "GPa", 100),
    (0, "°C", "K", 273.15),
    (-40, "°F", "°C", -40),
    (98.6, "°F", "°C", 37),
    (0, "K", "°C", -273.15),
    (491.67, "°R", "°C", 0),
    (180, "deg", "rad", math.pi),
    (100, "gon", "deg", 90),
    (1, "YHz", "yHz", 1e48),
    (2.5, "GHz", "MHz", 2500),
    (80, "mW", "W", 0.08),
    (750, "mV", "V", 0.75),
]


@pytest.mark.parametrize(("value", "source", "target", "expected"), KNOWN)
def test_conversions_agree_with_known_values(
    value: float, source: str, target: str, expected: float
) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("unit", [unit for unit in units.UNITS.values() if unit.scale])
def test_every_unit_converts_to_its_base_and_back(unit: units.UnitOf) -> None:
    base = units.BASE[unit.dimension]
    there = convert(12.5, unit.symbol, base)
    assert convert(there, base, unit.symbol) == pytest.approx(12.5, rel=1e-12)
    assert units.in_base(12.5, unit.symbol) == there
    scale, offset = units.factors(unit.dimension)[unit.symbol]
    assert 12.5 * scale + offset == pytest.approx(there, rel=1e-12)


def test_there_are_as_many_units_as_in_the_schema() -> None:
    numbers = {dimension: len(units.units_of(dimension)) for dimension in Dimension}
    assert list(numbers.values()) == [34, 24, 32, 3, 4, 21, 21, 21]
    assert sum(numbers.values()) == len(units.UNITS)


def test_names_are_unique_within_a_dimension() -> None:
    for dimension in Dimension:
        names = [unit.name for unit in units.units_of(dimension).values()]
        assert len(names) == len(set(names))


def test_decimal_prefixes_convert_without_rounding_twice() -> None:
    assert convert(488, "nm", "µm") == 0.488
    assert convert(0.065, "µm", "nm") == 65.0
    assert convert(37, "°C", "°F") == 98.6


@pytest.mark.parametrize("bare", ["pixel", "reference frame"])
def test_units_without_a_size_convert_only_to_themselves(bare: str) -> None:
    assert convert(3, bare, bare) == 3
    assert units.in_base(3, bare) is None
    assert not units.convertible(bare, "µm")
    for source, target in ((bare, "µm"), ("µm", bare)):
        with pytest.raises(InvalidInputError, match=f"{source} cannot be converted to {target}"):
            convert(3, source, target)


def test_what_measures_something_else_is_refused() -> None:
    assert not units.convertible("µm", "ms")
    with pytest.raises(InvalidInputError, match="'ms' is no unit of length"):
        convert(1, "µm", "ms")
    with pytest.raises(InvalidInputError, match="'furlong' is no unit of OME"):
        convert(1, "furlong", "m")


@pytest.mark.parametrize(
    ("spelling", "symbol"),
    [
        ("µm", "µm"),
        ("\N{GREEK SMALL LETTER MU}m", "µm"),
        ("um", "µm"),
        ("micron", "µm"),
        ("Micrometres", "µm"),
        ("Å", "Å"),
        ("\N{ANGSTROM SIGN}", "Å"),
        ("angstrom", "Å"),
        ("Mm", "Mm"),
        ("mm", "mm"),
        ("\N{DEGREE CELSIUS}", "°C"),
        ("C", "°C"),
        ("degC", "°C"),
        ("deg F", "°F"),
        ("mmHg", "mm Hg"),
        ("mm  Hg", "mm Hg"),
        ("hrs", "h"),
        ("px", "pixel"),
    ],
)
def test_units_are_found_by_common_spellings(spelling: str, symbol: str) -> None:
    assert units.unit_of(spelling).symbol == symbol


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("37 °C", (37.0, "°C", 310.15)),
        ("10 um", (10.0, "µm", 1e-5)),
        ("10\N{GREEK SMALL LETTER MU}m", (10.0, "µm", 1e-5)),
        ("-1.5e3 mV", (-1500.0, "mV", -1.5)),
        ("\N{MINUS SIGN}80 °C", (-80.0, "°C", 193.15)),
        (" 2 hours ", (2.0, "h", 7200.0)),
        (".5", (0.5, None, 0.5)),
        ("42", (42.0, None, 42.0)),
        ("3 pixel", (3.0, "pixel", None)),
        ("760 mm Hg", (760.0, "mm Hg", 101325.0144354)),
    ],
)
def test_quantities_are_read_from_text(
    text: str, expected: tuple[float, str | None, float | None]
) -> None:
    found = parse_quantity(text)
    assert found is not None
    assert found[:2] == expected[:2]
    assert (found[2] is None) == (expected[2] is None)
    assert (found[2] or 0) == pytest.approx(expected[2] or 0, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", " ", "GFP", "3 mice", "10 µM", "1,5", "1e999", "nan", "inf", "1.2.3", "10-20 nm", "0x10",
     "2024-05-01", "5" * 65, "\N{ARABIC-INDIC DIGIT FIVE}", "10 nm 20"],
)  # fmt: skip
def test_what_is_no_quantity_is_not_read_as_one(text: str) -> None:
    assert parse_quantity(text) is None
