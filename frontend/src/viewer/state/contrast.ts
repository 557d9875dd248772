/** Windows chosen from a histogram. */

export interface Histogram {
  /** Values at the left edge of the first and the right edge of the last bin. */
  readonly min: number;
  readonly max: number;
  readonly counts: readonly number[];
}

export interface WindowRange {
  readonly start: number;
  readonly end: number;
}

/** Share of pixels that an automatic window leaves black, and at most saturates. */
const BLACK_SHARE = 0.0035;
const WHITE_SHARE = 0.002;

/** The value below which `share` of the pixels lie, interpolated inside its bin. */
export function percentile({ min, max, counts }: Histogram, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || counts.length === 0) return min;
  const width = (max - min) / counts.length;
  const wanted = share * total;
  let below = 0;
  for (const [bin, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) return min + (bin + (wanted - below) / count) * width;
    below += count;
  }
  return max;
}

/** A window in which nearly all pixels have their own brightness. */
export function autoWindow(histogram: Histogram, integral: boolean): WindowRange {
  const { min, max } = histogram;
  const low = percentile(histogram, BLACK_SHARE);
  const high = percentile(histogram, 1 - WHITE_SHARE);
  const start = integral ? Math.floor(low) : significant(low);
  const end = integral ? Math.ceil(high) : significant(high);
  if (start < end) return { start, end };
  return min < max ? { start: min, end: max } : { start: min, end: integral ? min + 1 : max };
}

/** The share (0–1) of pixels above the window's end. */
export function saturatedShare({ min, max, counts }: Histogram, end: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || max <= min) return 0;
  const position = ((end - min) / (max - min)) * counts.length;
  let above = 0;
  for (const [bin, count] of counts.entries()) {
    above += count * Math.min(1, Math.max(0, bin + 1 - position));
  }
  return above / total;
}

/** Adds histograms of the same range's channels into one that spans all of them. */
export function merged(histograms: readonly Histogram[]): Histogram | null {
  if (histograms.length === 0) return null;
  const min = Math.min(...histograms.map((each) => each.min));
  const max = Math.max(...histograms.map((each) => each.max));
  const bins = Math.max(...histograms.map((each) => each.counts.length));
  const counts = Array.from({ length: bins }, () => 0);
  for (const each of histograms) {
    const width = (each.max - each.min) / each.counts.length;
    for (const [bin, count] of each.counts.entries()) {
      const middle = each.min + (bin + 0.5) * width;
      const at = max > min ? Math.floor(((middle - min) / (max - min)) * bins) : 0;
      const clamped = Math.min(bins - 1, Math.max(0, at));
      counts[clamped] = (counts[clamped] ?? 0) + count;
    }
  }
  return { min, max, counts };
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}
