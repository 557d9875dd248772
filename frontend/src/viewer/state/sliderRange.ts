/** Between which values a window's slider runs. */

import type { WindowRange } from "./contrast";
import type { ChannelFacts } from "./facts";

export interface SliderRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** Positions that a slider over non-integral values has. */
const FLOAT_STEPS = 1000;

/**
 * The values known to be in the image, widened to the windows in use.
 *
 * Eight bits are shown whole: 0 and 255 mean black and white there.
 */
export function sliderRange(
  facts: ChannelFacts | undefined,
  own: WindowRange | undefined,
  now: WindowRange,
  integral: boolean,
): SliderRange {
  const small = facts !== undefined && integral && facts.typeMax - facts.typeMin <= 255;
  const known = small ? [facts.typeMin, facts.typeMax] : [facts?.min, facts?.max];
  const values = [...known, own?.start, own?.end, now.start, now.end].filter(
    (value): value is number => value !== undefined && Number.isFinite(value),
  );
  const min = Math.min(...values);
  const max = Math.max(...values);
  if (integral) return { min: Math.floor(min), max: Math.max(Math.ceil(max), min + 1), step: 1 };
  const span = max - min || 1;
  return { min, max: min + span, step: span / FLOAT_STEPS };
}
