"""Compiled loops over planes: scalar functions first, then what runs over arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.arrays import Levels, Plane
from render.jit import kernel

WHOLE = np.uint32(1 << 16)
"""The share that is all of a level."""
BY_TABLE = np.uint32((1 << 32) - 1)
"""In place of a share: the colour of a level is looked up."""
STRETCH = 4096
"""How many samples are blended at once: what they take fits the cache of a processor."""
ADDABLE = 128
"""How many channels are added before their sums, of 16 bits, are clipped."""


@kernel
def level_of(value: float, start: float, width: float) -> np.int32:
    """Return the level 0..255 of one sample under the linear family.

    Args:
        value: The sample; NaN gives 0.
        start: First grey level of the window.
        width: End minus start of the window, above 0.
    """
    level: float = 255.0 * (np.float64(value) - start) / width + 0.5
    level = level if level > 0.0 else 0.0
    level = level if level < 255.0 else 255.0
    return np.int32(level)


@kernel
def line_level(value: float, slope: np.float32, offset: np.float32) -> np.int32:
    """Return the level 0..255 that a line in single precision gives a sample."""
    level = np.float32(value) * slope + offset
    level = max(level, np.float32(0))
    level = min(level, np.float32(255))
    return np.int32(level)


@kernel
def threshold(level: int, start: float, width: float) -> int:
    """Return the smallest integer sample whose level is at least the one asked for."""
    guess = int(np.ceil(start + (level - 0.5) * width / 255.0)) - 1
    while level_of(guess, start, width) < level:
        guess += 1
    while level_of(guess - 1, start, width) >= level:
        guess -= 1
    return guess


@kernel
def fit_line(
    start: float, width: float, low: int, high: int
) -> tuple[np.float32, np.float32, bool]:
    """Look for a line in single precision that gives every integer its exact level.

    Both the exact level and the line rise with the sample, so they agree everywhere when they
    agree on both sides of each of the 255 steps, or at the end of the type before it. The line is laid through the middle of what
    the steps leave free. Wide windows whose steps come close to integers have no such line.

    Args:
        start: First grey level of the window.
        width: End minus start of the window, above 0.
        low: Smallest sample of the type; 16 bits at most.
        high: Largest sample of the type.

    Returns:
        Slope, offset, and whether the line is exact for all samples from low to high.
    """
    slope = np.float32(255.0 / width)
    above, below = -np.inf, np.inf
    steps = np.empty(256, np.int64)
    for level in range(1, 256):
        step = threshold(level, start, width)
        steps[level] = step
        above = max(above, float(level - slope * step))
        below = min(below, float(level - slope * (step - 1)))
    offset = np.float32(0.5 * (above + below))
    for level in range(1, 256):
        step = steps[level]
        if step <= high and line_level(max(step, low), slope, offset) < level:
            return slope, offset, False
        if step > low and line_level(min(step - 1, high), slope, offset) >= level:
            return slope, offset, False
    return slope, offset, True


@kernel
def quantize_by_line(plane: Plane, slope: np.float32, offset: np.float32, out: Levels) -> None:
    """Write levels of 8- or 16-bit samples by a line in single precision.

    Args:
        plane: Shape (Y, X), rows contiguous.
        slope: Levels for each grey level.
        offset: Level of the sample 0.
        out: Shape (Y, X), uint8; written.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        levels = out[y]
        for x in range(row.shape[0]):
            levels[x] = np.uint8(line_level(row[x], slope, offset))


@kernel
def quantize_linear(plane: Plane, start: float, width: float, out: Levels) -> None:
    """Write levels of samples of any real type, in double precision.

    Args:
        plane: Shape (Y, X), rows contiguous; NaN gives 0, infinities the ends.
        start: First grey level of the window.
        width: End minus start of the window, above 0.
        out: Shape (Y, X), uint8; written.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        levels = out[y]
        for x in range(row.shape[0]):
            levels[x] = np.uint8(level_of(row[x], start, width))


@kernel
def compand(plane: Plane, black: float, scale: np.float32, out: Levels) -> None:
    """Write square roots of samples of any real type, in single precision.

    Args:
        plane: Shape (Y, X), rows contiguous; NaN gives 0, infinities the ends.
        black: Grey level that becomes 0, as do those below.
        scale: 255 divided by the root of what lies between black and white.
        out: Shape (Y, X), uint8; written.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        roots = out[y]
        for x in range(row.shape[0]):
            above = np.float32(row[x] - black)
            above = above if above > np.float32(0) else np.float32(0)
            root = np.sqrt(above) * scale + np.float32(0.5)
            root = root if root < np.float32(255) else np.float32(255)
            roots[x] = np.uint8(np.int32(root))


@kernel
def shuffle(words: NDArray[Any], out: NDArray[np.uint8]) -> None:
    """Write the lowest byte of every sample, then the next byte of every sample, and so on.

    Args:
        words: Shape (samples,), unsigned integers: the samples' bits.
        out: Shape (bytes of a sample, samples), uint8; written.
    """
    for byte in range(out.shape[0]):
        shift = np.uint64(8 * byte)
        row = out[byte]
        for i in range(words.shape[0]):
            row[i] = np.uint8((np.uint64(words[i]) >> shift) & np.uint64(255))


@kernel
def quantize_by_steps(plane: Plane, steps: NDArray[np.float64], out: Levels) -> None:
    """Write levels of samples of any real type by a search among the steps of a curve.

    Args:
        plane: Shape (Y, X), rows contiguous; NaN gives 0.
        steps: Shape (255,), rising: the smallest sample of levels 1 to 255.
        out: Shape (Y, X), uint8; written.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        levels = out[y]
        for x in range(row.shape[0]):
            value = np.float64(row[x])
            level = 0
            for bit in (128, 64, 32, 16, 8, 4, 2, 1):
                # A comparison with NaN is false, which leaves level 0.
                level += bit if value >= steps[level + bit - 1] else 0
            levels[x] = np.uint8(level)


@kernel
def quantize_by_table(plane: Plane, first: int, table: NDArray[np.uint8], out: Levels) -> None:
    """Write levels of 8- or 16-bit samples from a table of all their values.

    Args:
        plane: Shape (Y, X), rows contiguous.
        first: Sample that the table's first entry stands for.
        table: Level of each sample, uint8.
        out: Shape (Y, X), uint8; written.
    """
    last = table.shape[0] - 1
    for y in range(plane.shape[0]):
        row = plane[y]
        levels = out[y]
        for x in range(row.shape[0]):
            index = min(max(np.int64(row[x]) - first, 0), last)
            levels[x] = table[index]


@kernel
def add_share(levels: NDArray[Any], share: int, sums: NDArray[np.uint16]) -> None:
    """Add a share of each level to sums.

    Args:
        levels: Shape (samples,), uint8 or uint16, up to 255.
        share: In parts of 65,536; the product is truncated.
        sums: Shape (samples,), uint16; changed.
    """
    if share == WHOLE:
        for x in range(levels.shape[0]):
            sums[x] += np.uint16(levels[x])
    elif share > 0:
        # Of the product of 24 bits the upper byte and what it carries from the lower ones: all in
        # 16 bits, of which a vector holds twice as many as of 32. Truncated twice is truncated once.
        high, low, byte = np.uint16(share >> 8), np.uint16(share & 255), np.uint16(8)
        for x in range(levels.shape[0]):
            level = np.uint16(levels[x])
            carried = np.uint16(np.uint16(level * low) >> byte)
            sums[x] += np.uint16(np.uint16(np.uint16(level * high) + carried) >> byte)


@kernel
def add_component(colors: NDArray[np.uint32], place: np.uint32, sums: NDArray[np.uint16]) -> None:
    """Add one component of packed colours to sums.

    Args:
        colors: Shape (samples,), uint32.
        place: Number of its lowest bit.
        sums: Shape (samples,), uint16; changed.
    """
    for x in range(colors.shape[0]):
        sums[x] += np.uint16((colors[x] >> place) & np.uint32(255))


@kernel
def add_channel(
    levels: NDArray[Any],
    shares: NDArray[np.uint32],
    table: NDArray[np.uint32],
    colors: NDArray[np.uint32],
    sums: tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]],
) -> None:
    """Add the colours of levels to sums.

    Args:
        levels: Shape (samples,), uint8 or uint16, up to 255.
        shares: Shape (3,), uint32: what each component gets of a level, in parts of 65,536; or
            `BY_TABLE` in the first place.
        table: Shape (256,), uint32, red in the lowest byte, then green, blue.
        colors: Shape (samples,), uint32; what was looked up is written here.
        sums: Of red, green and blue, each of shape (samples,), uint16; changed.
    """
    red, green, blue = sums
    if shares[0] == BY_TABLE:
        # One look-up a sample, apart from the sums, which then run in whole vectors.
        for x in range(levels.shape[0]):
            colors[x] = table[levels[x]]
        add_component(colors, np.uint32(0), red)
        add_component(colors, np.uint32(8), green)
        add_component(colors, np.uint32(16), blue)
    else:
        add_share(levels, shares[0], red)
        add_share(levels, shares[1], green)
        add_share(levels, shares[2], blue)


@kernel
def clip(sums: NDArray[np.uint16]) -> None:
    """Clip sums to 255: nothing is ever taken away from them.

    Args:
        sums: Shape (samples,), uint16; changed.
    """
    for x in range(sums.shape[0]):
        sums[x] = min(sums[x], np.uint16(255))


@kernel
def weave(
    red: NDArray[np.uint16],
    green: NDArray[np.uint16],
    blue: NDArray[np.uint16],
    out: NDArray[np.uint8],
) -> None:
    """Write sums as pixels, each component up to 255.

    Args:
        red: Shape (samples,), uint16.
        green: As red.
        blue: As red.
        out: Shape (3 * samples,), uint8: red, green and blue in turn; written.
    """
    # The compiler weaves three rows into one only where it sees a single run of memory:
    # 0.02 ms for 512 by 512 instead of 0.15.
    full = np.uint16(255)
    for x in range(red.shape[0]):
        out[3 * x] = np.uint8(min(red[x], full))
        out[3 * x + 1] = np.uint8(min(green[x], full))
        out[3 * x + 2] = np.uint8(min(blue[x], full))


@kernel
def blend(
    levels: NDArray[np.uint8],
    shares: NDArray[np.uint32],
    tables: NDArray[np.uint32],
    out: NDArray[np.uint8],
) -> None:
    """Add up the colours of all channels, each component up to 255.

    Args:
        levels: Quantized samples, shape (C, samples), uint8.
        shares: Shape (C, 3), uint32: what each component gets of a level, in parts of 65,536;
            `BY_TABLE` in the first place means that the channel goes through its table.
        tables: Shape (C, 256), uint32, red in the lowest byte, then green, blue; read for
            channels that go through them.
        out: Shape (3 * samples,), uint8: red, green and blue in turn; written.
    """
    size = levels.shape[1]
    sums = np.empty((3, min(size, STRETCH)), np.uint16)
    colors = np.empty(sums.shape[1], np.uint32)
    for begin in range(0, size, STRETCH):
        end = min(begin + STRETCH, size)
        some = (sums[0][: end - begin], sums[1][: end - begin], sums[2][: end - begin])
        for each in some:
            each[:] = 0
        for c in range(levels.shape[0]):
            looked_up = colors[: end - begin]
            add_channel(levels[c, begin:end], shares[c], tables[c], looked_up, some)
            if c % ADDABLE == ADDABLE - 1:
                for each in some:
                    clip(each)
        weave(some[0], some[1], some[2], out[3 * begin : 3 * end])


@kernel
def blend_lines(
    planes: tuple[NDArray[Any], ...],
    lines: NDArray[np.float32],
    shares: NDArray[np.uint32],
    tables: NDArray[np.uint32],
    out: NDArray[np.uint8],
) -> None:
    """Quantize planes by lines and add up their colours, so many samples that all stays close by.

    Args:
        planes: 8- or 16-bit samples, always as many planes, of shape (samples,); those without a
            line are left out.
        lines: Shape (C, 2), float32: slope and offset of the line of each plane that counts.
        shares: Shape (C, 3), uint32; as of `blend`.
        tables: Shape (C, 256), uint32; as of `blend`.
        out: Shape (3 * samples,), uint8: red, green and blue in turn; written.
    """
    size = planes[0].shape[0]
    # Memory of its own, of which the compiler sees that nothing else is in it. Views of it are
    # counted, which takes as long as a hundred samples: so they are not made for each row.
    sums = np.empty((3, min(size, STRETCH)), np.uint16)
    levels = np.empty(sums.shape[1], np.uint16)
    colors = np.empty(sums.shape[1], np.uint32)
    for begin in range(0, size, STRETCH):
        end = min(begin + STRETCH, size)
        some = (sums[0][: end - begin], sums[1][: end - begin], sums[2][: end - begin])
        these, looked_up = levels[: end - begin], colors[: end - begin]
        for each in some:
            each[:] = 0
        for c in range(lines.shape[0]):
            samples, slope, offset = planes[c][begin:end], lines[c, 0], lines[c, 1]
            for x in range(samples.shape[0]):
                these[x] = np.uint16(line_level(samples[x], slope, offset))
            add_channel(these, shares[c], tables[c], looked_up, some)
        weave(some[0], some[1], some[2], out[3 * begin : 3 * end])


@kernel
def halve_integers(plane: Plane, out: Plane) -> None:
    """Write means of 2 by 2 samples of 8- or 16-bit integers, halves rounded upwards.

    Args:
        plane: Shape (Y, X), rows contiguous, at least one sample. At odd edges samples count
            twice, which leaves the mean of what is there.
        out: Shape (ceil(Y / 2), ceil(X / 2)), the same type; written.
    """
    height, width = plane.shape
    for y in range(out.shape[0]):
        upper = plane[2 * y]
        lower = plane[min(2 * y + 1, height - 1)]
        row = out[y]
        for x in range(width // 2):
            total = np.int32(upper[2 * x]) + np.int32(upper[2 * x + 1])
            total += np.int32(lower[2 * x]) + np.int32(lower[2 * x + 1])
            row[x] = (np.int32(total) + np.int32(2)) >> np.int32(2)
        if width % 2:
            row[width // 2] = (np.int32(upper[width - 1]) + np.int32(lower[width - 1]) + 1) >> 1


@kernel
def mean_of_numbers(a: float, b: float, c: float, d: float) -> float:
    """Return the mean of those of four samples that are not NaN."""
    total, count = 0.0, 0
    for value in (a, b, c, d):
        if not np.isnan(value):
            total += value
            count += 1
    return total / count if count else np.nan


@kernel
def halve_reals(plane: Plane, out: Plane) -> None:
    """Write means of 2 by 2 floating-point samples; NaN is left out.

    Args:
        plane: Shape (Y, X), rows contiguous, at least one sample.
        out: Shape (ceil(Y / 2), ceil(X / 2)), the same type; written.
    """
    height, width = plane.shape
    for y in range(out.shape[0]):
        upper = plane[2 * y]
        lower = plane[min(2 * y + 1, height - 1)]
        row = out[y]
        for x in range(row.shape[0]):
            left, right = 2 * x, min(2 * x + 1, width - 1)
            a, b = np.float64(upper[left]), np.float64(upper[right])
            c, d = np.float64(lower[left]), np.float64(lower[right])
            mean = 0.25 * ((a + b) + (c + d))
            row[x] = mean if not np.isnan(mean) else mean_of_numbers(a, b, c, d)


@kernel
def add_samples(plane: Plane, sums: Plane) -> None:
    """Add a plane to sums.

    Args:
        plane: Shape (Y, X), rows contiguous.
        sums: Shape (Y, X), uint32, int32 or int64 for integers and float64 for floating point;
            wide enough for what they will hold; changed.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        totals = sums[y]
        for x in range(row.shape[0]):
            totals[x] += row[x]


@kernel
def add_numbers(plane: Plane, sums: NDArray[np.float64], counts: NDArray[np.int32]) -> None:
    """Add a floating-point plane to sums, and count what was added; NaN is left out.

    Args:
        plane: Shape (Y, X), rows contiguous.
        sums: Shape (Y, X), float64; changed.
        counts: Shape (Y, X), int32; changed.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        totals = sums[y]
        numbers = counts[y]
        for x in range(row.shape[0]):
            value = np.float64(row[x])
            there = not np.isnan(value)
            totals[x] += value if there else 0.0
            numbers[x] += np.int32(there)


@kernel
def average_rows(rows: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write the means of equal stretches of rows, weighted by the part of each row inside.

    Args:
        rows: Shape (Y, X), float32, at least one row.
        out: Shape (any, X), float32; written.
    """
    step = rows.shape[0] / out.shape[0]
    for k in range(out.shape[0]):
        start, end = k * step, (k + 1) * step
        mean = out[k]
        mean[:] = 0
        for y in range(int(start), min(int(np.ceil(end)), rows.shape[0])):
            weight = np.float32((min(end, y + 1.0) - max(start, float(y))) / step)
            row = rows[y]
            for x in range(row.shape[0]):
                mean[x] += weight * row[x]


@kernel
def finite_extremes(plane: Plane) -> tuple[float, float]:
    """Return the smallest and largest finite sample; infinity and its negative if none is."""
    low, high = np.inf, -np.inf
    for y in range(plane.shape[0]):
        row = plane[y]
        for x in range(row.shape[0]):
            value = np.float64(row[x])
            low = value if -np.inf < value < low else low
            high = value if high < value < np.inf else high
    return low, high


@kernel
def count_values(plane: Plane, first: int, counts: NDArray[np.int64]) -> None:
    """Add samples of 8 or 16 bits to the counts of all values that they can have.

    Args:
        plane: Shape (Y, X), rows contiguous.
        first: The value that the first count is of; no sample is smaller.
        counts: Shape (values,), int64; changed.
    """
    for y in range(plane.shape[0]):
        row = plane[y]
        for x in range(row.shape[0]):
            counts[np.int64(row[x]) - first] += 1


@kernel
def sketch_samples(
    plane: Plane, reference: float, counts: NDArray[np.int64], sums: NDArray[np.float64]
) -> None:
    """Add finite samples to counts of bins whose width grows with the distance to a reference.

    The bin of a sample is the upper 18 bits of its difference to the reference in single
    precision, in the order of the differences: a bin is at most 1/512 of that difference wide.

    Args:
        plane: Shape (Y, X), rows contiguous.
        reference: A finite number, best in the middle of the samples.
        counts: Shape (2^18,), int64; changed.
        sums: Shape (5,): samples, smallest, largest, sum of differences and of their squares;
            changed.
    """
    width = plane.shape[1]
    differences = np.empty(width, np.float32)
    bits = differences.view(np.int32)
    number, low, high, total, squares = sums[0], sums[1], sums[2], sums[3], sums[4]
    for y in range(plane.shape[0]):
        row = plane[y]
        found = 0
        for x in range(width):
            value = np.float64(row[x])
            if -np.inf < value < np.inf:
                low = min(low, value)
                high = max(high, value)
                # Zero has two signs, and one bin.
                difference = value - reference + 0.0
                total += difference
                squares += difference * difference
                differences[found] = np.float32(difference)
                found += 1
        number += found
        for k in range(found):
            ordered = np.int64(bits[k])
            ordered = ordered if ordered >= 0 else ordered ^ 0x7FFFFFFF
            counts[(ordered >> 14) + 131072] += 1
    sums[0], sums[1], sums[2], sums[3], sums[4] = number, low, high, total, squares


@kernel
def wind_edges(
    points: NDArray[np.float64], left: int, top: int, winding: NDArray[np.int32]
) -> None:
    """Note at which pixels of each row the edges of a closed line begin to go around them.

    A row is crossed at the height of its pixel centres. Summed up along rows, the notes say how
    often the line goes around each centre: a centre on a left or upper edge is inside, one on a
    right or lower edge is not.

    Args:
        points: Shape (points, 2): x and y in pixels, finite.
        left: First column of the part that is looked at.
        top: First row of it.
        winding: Shape (Y, X + 1), int32; changed. What is right of the part goes into its last
            column.
    """
    height, width = winding.shape[0], winding.shape[1] - 1
    for k in range(points.shape[0]):
        after = k + 1 if k + 1 < points.shape[0] else 0
        x0, y0, x1, y1 = points[k, 0], points[k, 1], points[after, 0], points[after, 1]
        turn = 1
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
            turn = -1
        first = int(min(max(np.ceil(y0 - 0.5 - top), 0.0), float(height)))
        last = int(min(max(np.ceil(y1 - 0.5 - top), 0.0), float(height)))
        for row in range(first, last):
            x = x0 + (row + top + 0.5 - y0) / (y1 - y0) * (x1 - x0)
            column = min(max(np.ceil(x - 0.5 - left), 0.0), float(width))
            winding[row, int(column)] += turn


@kernel
def fill_winding(winding: NDArray[np.int32], odd: bool, mask: NDArray[np.uint8]) -> None:
    """Mark the pixels that a closed line goes around.

    Args:
        winding: Shape (Y, X + 1), as `wind_edges` leaves it.
        odd: Whether only pixels count that it goes around an odd number of times.
        mask: Shape (Y, X), uint8; inside becomes 1, the rest stays.
    """
    for y in range(mask.shape[0]):
        turns = 0
        for x in range(mask.shape[1]):
            turns += winding[y, x]
            inside = turns % 2 != 0 if odd else turns != 0
            mask[y, x] |= np.uint8(inside)


@kernel
def fill_ellipse(
    inverse: NDArray[np.float64], left: int, top: int, mask: NDArray[np.uint8]
) -> None:
    """Mark the pixels whose centres an affine map takes into the unit circle.

    Args:
        inverse: Shape (2, 3): pixels to the plane of the circle.
        left: First column of the part that is looked at.
        top: First row of it.
        mask: Shape (Y, X), uint8; inside becomes 1, the rest stays.
    """
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            px, py = x + left + 0.5, y + top + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            mask[y, x] |= np.uint8(u * u + v * v <= 1.0)


@kernel
def fill_bitmap(
    inverse: NDArray[np.float64],
    bitmap: NDArray[np.uint8],
    left: int,
    top: int,
    mask: NDArray[np.uint8],
) -> None:
    """Mark the pixels whose centres an affine map takes to pixels of a bitmap that are set.

    Args:
        inverse: Shape (2, 3): pixels to columns and rows of the bitmap.
        bitmap: Shape (rows, columns), uint8; 0 is outside.
        left: First column of the part that is looked at.
        top: First row of it.
        mask: Shape (Y, X), uint8; inside becomes 1, the rest stays.
    """
    rows, columns = bitmap.shape
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            px, py = x + left + 0.5, y + top + 0.5
            u = inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]
            v = inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]
            if 0.0 <= u < columns and 0.0 <= v < rows:
                mask[y, x] |= np.uint8(bitmap[int(v), int(u)] != 0)


@kernel
def count_samples(plane: Plane, low: float, high: float, counts: NDArray[np.int64]) -> None:
    """Add the samples from low to high to the counts of equal bins.

    Args:
        plane: Shape (Y, X), rows contiguous.
        low: Lower edge of the first bin.
        high: Upper edge of the last bin, which belongs to it.
        counts: Shape (bins,), int64; changed.
    """
    bins = counts.shape[0]
    for y in range(plane.shape[0]):
        row = plane[y]
        for x in range(row.shape[0]):
            value = np.float64(row[x])
            if low <= value < high:
                place = np.int64((value - low) * bins / (high - low))
                counts[min(max(place, 0), bins - 1)] += 1
            elif value == high:
                counts[bins - 1] += 1
