/** How long a scale bar is and what it says. */

import type { Quantity } from "./facts";
import { inMetres, lengthText } from "./units";

export interface ScaleBar {
  /** CSS pixels. */
  readonly width: number;
  readonly label: string;
}

/** The largest 1, 2 or 5 × 10ⁿ that is not above `limit`. */
export function niceBelow(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-12);
  const lead = limit / power;
  // The tolerance keeps 5 from becoming 2 by a rounding error of the division.
  const nice = [5, 2].find((step) => lead >= step - 1e-9) ?? 1;
  return nice * power;
}

/**
 * The bar for a zoom.
 *
 * @param zoom CSS pixels per image pixel
 * @param pixelSize length of an image pixel; null or a unit that is no length gives pixels
 * @param maxWidth CSS pixels that the bar may be long
 */
export function scaleBarFor(zoom: number, pixelSize: Quantity | null, maxWidth = 160): ScaleBar {
  const metres = pixelSize && pixelSize.value > 0 ? inMetres(pixelSize) : null;
  if (metres === null) {
    const pixels = Math.max(1, niceBelow(maxWidth / zoom));
    return { width: pixels * zoom, label: `${pixels.toLocaleString()} px` };
  }
  const length = niceBelow((maxWidth / zoom) * metres);
  return { width: (length / metres) * zoom, label: lengthText(length) };
}
