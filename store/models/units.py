"""Units of OME 2016-06: symbols, names, sizes, conversion, and reading quantities from text.

Sizes are exact where a definition is. Sources: SI brochure (9th edition, 2019) for SI units,
prefixes, minute, hour, day, degree; the international yard and pound (1959) for inch and pound;
IAU 2012 resolution B2 for the astronomical unit, IAU 2015 resolution B2 for the parsec; the
light-year is 365.25 days of light; NIST SP 811 for atmosphere, torr, conventional millimetre of
mercury, psi, Fahrenheit and Rankine. A point is 1/72 inch, a line 1/12 inch, a thou 1/1000 inch.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from store.errors import InvalidInputError


class Dimension(StrEnum):
    """What is measured."""

    LENGTH = "length"
    TIME = "time"
    PRESSURE = "pressure"
    ANGLE = "angle"
    TEMPERATURE = "temperature"
    ELECTRIC_POTENTIAL = "electric potential"
    POWER = "power"
    FREQUENCY = "frequency"


@dataclass(frozen=True, slots=True)
class UnitOf:
    """One unit: `value` of it is `value * scale + offset` base units."""

    symbol: str
    """As in OME-XML."""
    name: str
    """As enumerations name it, such as MICROMETER."""
    dimension: Dimension
    scale: Fraction | None
    """Size in base units; None where it has no fixed size and cannot be converted."""
    offset: Fraction = Fraction(0)
    """Of temperatures: where its zero lies, in kelvin."""


BASE: Mapping[Dimension, str] = {
    Dimension.LENGTH: "m",
    Dimension.TIME: "s",
    Dimension.PRESSURE: "Pa",
    Dimension.ANGLE: "rad",
    Dimension.TEMPERATURE: "K",
    Dimension.ELECTRIC_POTENTIAL: "V",
    Dimension.POWER: "W",
    Dimension.FREQUENCY: "Hz",
}
"""Symbol of the unit that has scale 1."""

_PREFIXES = (
    *(("Y", "YOTTA", 24), ("Z", "ZETTA", 21), ("E", "EXA", 18), ("P", "PETA", 15)),
    *(("T", "TERA", 12), ("G", "GIGA", 9), ("M", "MEGA", 6), ("k", "KILO", 3)),
    *(("h", "HECTO", 2), ("da", "DECA", 1), ("", "", 0), ("d", "DECI", -1)),
    *(("c", "CENTI", -2), ("m", "MILLI", -3), ("µ", "MICRO", -6), ("n", "NANO", -9)),
    *(("p", "PICO", -12), ("f", "FEMTO", -15), ("a", "ATTO", -18), ("z", "ZEPTO", -21)),
    ("y", "YOCTO", -24),
)
_INCH = Fraction("0.0254")
_POUND_FORCE = Fraction("0.45359237") * Fraction("9.80665")
_ASTRONOMICAL = 149_597_870_700
_TORR = Fraction(101_325, 760)
_DEGREE = Fraction(math.pi) / 180
_RANKINE = Fraction(5, 9)

_LENGTHS: Mapping[str, tuple[str, Fraction | None]] = {
    "Å": ("ANGSTROM", Fraction(1, 10**10)),
    "thou": ("THOU", _INCH / 1000),
    "li": ("LINE", _INCH / 12),
    "in": ("INCH", _INCH),
    "ft": ("FOOT", _INCH * 12),
    "yd": ("YARD", _INCH * 36),
    "mi": ("MILE", _INCH * 63_360),
    "ua": ("ASTRONOMICALUNIT", Fraction(_ASTRONOMICAL)),
    "ly": ("LIGHTYEAR", Fraction(299_792_458 * 31_557_600)),
    "pc": ("PARSEC", Fraction(_ASTRONOMICAL * 648_000) / Fraction(math.pi)),
    "pt": ("POINT", _INCH / 72),
    "pixel": ("PIXEL", None),
    "reference frame": ("REFERENCEFRAME", None),
}
_TIMES = {"min": ("MINUTE", 60), "h": ("HOUR", 3_600), "d": ("DAY", 86_400)}
_PRESSURES: Mapping[str, tuple[str, Fraction]] = {
    "bar": ("BAR", Fraction(10**5)),
    "Mbar": ("MEGABAR", Fraction(10**11)),
    "kbar": ("KILOBAR", Fraction(10**8)),
    "dbar": ("DECIBAR", Fraction(10**4)),
    "cbar": ("CENTIBAR", Fraction(10**3)),
    "mbar": ("MILLIBAR", Fraction(100)),
    "atm": ("ATMOSPHERE", Fraction(101_325)),
    "psi": ("PSI", _POUND_FORCE / _INCH**2),
    "Torr": ("TORR", _TORR),
    "mTorr": ("MILLITORR", _TORR / 1000),
    "mm Hg": ("MMHG", Fraction("133.322387415")),
}
_ANGLES = {
    "deg": ("DEGREE", _DEGREE),
    "rad": ("RADIAN", Fraction(1)),
    "gon": ("GRADIAN", _DEGREE * 9 / 10),
}
_TEMPERATURES = {
    "°C": ("CELSIUS", Fraction(1), Fraction("273.15")),
    "°F": ("FAHRENHEIT", _RANKINE, Fraction("459.67") * _RANKINE),
    "K": ("KELVIN", Fraction(1), Fraction(0)),
    "°R": ("RANKINE", _RANKINE, Fraction(0)),
}


def _prefixed(dimension: Dimension, name: str) -> Iterator[UnitOf]:
    for prefix, word, power in _PREFIXES:
        yield UnitOf(prefix + BASE[dimension], word + name, dimension, Fraction(10) ** power)


def _all() -> Iterator[UnitOf]:
    yield from _prefixed(Dimension.LENGTH, "METER")
    for symbol, (name, size) in _LENGTHS.items():
        yield UnitOf(symbol, name, Dimension.LENGTH, size)
    yield from _prefixed(Dimension.TIME, "SECOND")
    for symbol, (name, seconds) in _TIMES.items():
        yield UnitOf(symbol, name, Dimension.TIME, Fraction(seconds))
    yield from _prefixed(Dimension.PRESSURE, "PASCAL")
    for symbol, (name, pascals) in _PRESSURES.items():
        yield UnitOf(symbol, name, Dimension.PRESSURE, pascals)
    for symbol, (name, radians) in _ANGLES.items():
        yield UnitOf(symbol, name, Dimension.ANGLE, radians)
    for symbol, (name, kelvins, zero) in _TEMPERATURES.items():
        yield UnitOf(symbol, name, Dimension.TEMPERATURE, kelvins, zero)
    yield from _prefixed(Dimension.ELECTRIC_POTENTIAL, "VOLT")
    yield from _prefixed(Dimension.POWER, "WATT")
    yield from _prefixed(Dimension.FREQUENCY, "HERTZ")


UNITS: Mapping[str, UnitOf] = {unit.symbol: unit for unit in _all()}
"""All units by symbol; no symbol is of two dimensions."""


def units_of(dimension: Dimension) -> Mapping[str, UnitOf]:
    """Return the units of one dimension by symbol, in the order of OME."""
    return {symbol: unit for symbol, unit in UNITS.items() if unit.dimension is dimension}


def factors(dimension: Dimension) -> Mapping[str, tuple[float, float]]:
    """Return scale and offset of the convertible units of one dimension, for use in SQL.

    Returns:
        By symbol: a value of that unit is `value * scale + offset` base units.
    """
    return {
        symbol: (float(unit.scale), float(unit.offset))
        for symbol, unit in units_of(dimension).items()
        if unit.scale is not None
    }


def unit_of(text: str, dimension: Dimension | None = None) -> UnitOf:
    """Find a unit by its symbol or a common spelling of it.

    Args:
        text: Such as "µm" with either of the two micro signs, "um", "micrometer", "degC".
        dimension: What it has to measure.

    Raises:
        InvalidInputError: No such unit, or of another dimension.
    """
    unit = find_unit(text)
    if unit is None or (dimension is not None and unit.dimension is not dimension):
        known = ", ".join(units_of(dimension)) if dimension else "°C, µm, ms"
        raise InvalidInputError(
            f"{text[:40]!r} is no unit of {dimension or 'OME'}.", f"Units are such as {known}."
        )
    return unit


def find_unit(text: str) -> UnitOf | None:
    """Find a unit by its symbol or a common spelling of it; None if there is none."""
    exact = UNITS.get(text)
    if exact is not None:
        return exact
    spelled = _plain(text)
    return _SPELLINGS.get(spelled) or _WORDS.get(spelled.casefold())


def convert(value: float, source: str, target: str) -> float:
    """Express a quantity in another unit of the same dimension.

    Args:
        value: The number.
        source: Symbol of its unit.
        target: Symbol of the unit wanted.

    Raises:
        InvalidInputError: A symbol is no unit, the two measure different things, or one has no
            fixed size.

    >>> convert(488, "nm", "µm")
    0.488
    >>> convert(37, "°C", "°F")
    98.6
    """
    if source == target:
        return value
    multiply, divide, add = _steps(source, target)
    return value * multiply / divide + add


def convertible(source: str, target: str) -> bool:
    """Return whether `convert` knows how."""
    one, other = UNITS.get(source), UNITS.get(target)
    if one is None or other is None:
        return False
    sized = one.scale is not None and other.scale is not None
    return one is other or (sized and one.dimension is other.dimension)


def in_base(value: float, symbol: str) -> float | None:
    """Express a quantity in the base unit of its dimension; None where it cannot be."""
    unit = UNITS[symbol]
    return None if unit.scale is None else convert(value, symbol, BASE[unit.dimension])


def parse_quantity(text: str) -> tuple[float, str | None, float | None] | None:
    """Read a number, with or without a unit, from text such as "37 °C", "10 um" or "0.5".

    Returns:
        The number, the symbol of its unit if it has one, and the number in the base unit of the
        dimension (the number itself without a unit; None for units that have no fixed size). None
        if the text is anything else, such as a number followed by a word that is no unit.

    >>> parse_quantity("10 um")
    (10.0, 'µm', 1e-05)
    >>> parse_quantity("3 mice") is None
    True
    """
    found = _QUANTITY.fullmatch(text) if len(text) <= _QUANTITY_MAX else None
    if found is None:
        return None
    number = float(found[1].replace("\N{MINUS SIGN}", "-"))
    if not math.isfinite(number):
        return None
    if not found[2]:
        return number, None, number
    unit = find_unit(found[2])
    return None if unit is None else (number, unit.symbol, in_base(number, unit.symbol))


@lru_cache(maxsize=4096)
def _steps(source: str, target: str) -> tuple[float, float, float]:
    """Return factor, divisor and addend; two numbers round less than their quotient."""
    one = unit_of(source)
    other = unit_of(target, one.dimension)
    if one.scale is None or other.scale is None:
        bare = one if one.scale is None else other
        raise InvalidInputError(
            f"{one.symbol} cannot be converted to {other.symbol}.",
            f"A {bare.symbol} has no fixed size: ask for the value in its own unit"
            f" ({one.symbol}), and convert with the physical size of a pixel or the position"
            " of the stage.",
        )
    ratio = one.scale / other.scale
    add = (one.offset - other.offset) / other.scale
    return float(ratio.numerator), float(ratio.denominator), float(add)


_QUANTITY_MAX = 64
_QUANTITY = re.compile(
    r"\s*([+\-\N{MINUS SIGN}]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)\s*(\D.*?)?\s*", re.ASCII
)


def _plain(text: str) -> str:
    """Write a spelling in one way: one micro sign, one Å, single spaces."""
    composed = unicodedata.normalize("NFKC", text)  # both micro signs become the Greek letter
    return " ".join(composed.replace("\N{GREEK SMALL LETTER MU}", "\N{MICRO SIGN}").split())


def _spellings() -> Iterator[tuple[str, UnitOf]]:
    for symbol, unit in UNITS.items():
        yield symbol, unit
        if symbol.startswith("µ"):
            yield "u" + symbol[1:], unit
        if symbol.startswith("°"):
            for degrees in ("° ", "deg", "deg ", "degrees "):
                yield degrees + symbol[1:], unit
    yield "C", UNITS["°C"]
    yield "°", UNITS["deg"]
    yield "AU", UNITS["ua"]
    yield "au", UNITS["ua"]
    yield "px", UNITS["pixel"]


def _words() -> Iterator[tuple[str, UnitOf]]:
    for unit in UNITS.values():
        name = unit.name.casefold()
        for word in {name, name.replace("meter", "metre")}:
            yield word, unit
            yield word + "s", unit
    others = {
        "µm": ("micron", "microns"),
        "s": ("sec", "secs"),
        "ms": ("msec", "msecs"),
        "min": ("mins",),
        "h": ("hr", "hrs"),
        "in": ("inches",),
        "ft": ("feet",),
        "Torr": ("torr",),
        "mm Hg": ("mmhg", "mm hg"),
        "Å": ("ångström", "ångströms", "ångstrom"),
        "°C": ("deg celsius", "degrees celsius"),
    }
    for symbol, words in others.items():
        for word in words:
            yield word, UNITS[symbol]


_SPELLINGS: Mapping[str, UnitOf] = dict(_spellings())
"""With case: "Mm" and "mm" differ."""
_WORDS: Mapping[str, UnitOf] = dict(_words())
"""Without case."""
