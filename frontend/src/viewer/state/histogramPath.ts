/** The outline of a histogram as an SVG path in a box of 100 × 100. */

import type { Histogram } from "./contrast";

/** Points along the width: more than a panel has pixels for would only cost. */
const POINTS = 160;

/**
 * The path for the values from `min` to `max`; empty when there is nothing to draw.
 *
 * Bins are gathered into points by their largest count, so that a narrow peak is never
 * lost. Heights grow with the square root of the count (or its logarithm): a dark
 * background would else press everything else flat.
 */
export function histogramPath(
  { min: low, max: high, counts }: Histogram,
  min: number,
  max: number,
  log: boolean,
): string {
  const heights = Array.from({ length: POINTS }, () => 0);
  const width = (high - low) / counts.length;
  for (const [bin, count] of counts.entries()) {
    const from = ((low + bin * width - min) / (max - min)) * POINTS;
    const to = ((low + (bin + 1) * width - min) / (max - min)) * POINTS;
    const last = Math.max(Math.floor(from), Math.ceil(to) - 1);
    for (let point = Math.max(0, Math.floor(from)); point <= Math.min(POINTS - 1, last); point += 1)
      heights[point] = Math.max(heights[point] ?? 0, log ? Math.log1p(count) : Math.sqrt(count));
  }
  const top = Math.max(...heights);
  if (top === 0) return "";
  const points = heights.map((height, at) => {
    const x = ((at + 0.5) / POINTS) * 100;
    const y = 100 - (height / top) * 96;
    return `${x.toFixed(2)} ${y.toFixed(1)}`;
  });
  return `M0 100L${points.join("L")}L100 100Z`;
}
