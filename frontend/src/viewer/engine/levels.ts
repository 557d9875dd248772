/** The resolution levels of an image, and which one a zoom needs. */

import type { Size } from "./geometry";

/** One level: its number at the server, its size in its own pixels, image pixels per level pixel. */
export interface Level extends Size {
  readonly index: number;
  readonly scale: Size;
}

/** A level may be magnified by at most this before the next finer one is asked for. */
const MAX_MAGNIFICATION = 1.15;

/**
 * Image pixels per level pixel along one axis.
 *
 * Halving 1001 pixels gives 501 that cover 2 each (the last one less), so the whole
 * number is right whenever it explains the size by rounding up or down.
 */
function axisScale(full: number, reduced: number): number {
  const whole = Math.max(1, Math.round(full / reduced));
  const explained = Math.ceil(full / whole) === reduced || Math.floor(full / whole) === reduced;
  return explained ? whole : full / reduced;
}

/** Levels from fine to coarse; the finest must be first in `sizes`. */
export function makeLevels(sizes: readonly (Size & { readonly index: number })[]): Level[] {
  const full = sizes[0];
  if (!full) throw new RangeError("an image has at least one resolution level");
  return sizes
    .map(({ index, width, height }) => ({
      index,
      width,
      height,
      scale: { width: axisScale(full.width, width), height: axisScale(full.height, height) },
    }))
    .toSorted((a, b) => a.scale.width - b.scale.width);
}

/**
 * The coarsest level that still looks sharp.
 *
 * @param density device pixels per image pixel: zoom × devicePixelRatio
 * @returns a position in `levels`, which is not the number the server knows it by
 */
export function chooseLevel(levels: readonly Level[], density: number): number {
  for (let position = levels.length - 1; position > 0; position -= 1) {
    const level = levels[position];
    if (level && level.scale.width * density <= MAX_MAGNIFICATION) return position;
  }
  return 0;
}
