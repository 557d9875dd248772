/** Lengths, times and numbers as people write them. */

import type { Quantity } from "./facts";

/** Metres per unit of the length symbols that OME files use. */
const METRES: Record<string, number> = {
  pm: 1e-12,
  Å: 1e-10,
  nm: 1e-9,
  µm: 1e-6,
  μm: 1e-6,
  um: 1e-6,
  mm: 1e-3,
  cm: 1e-2,
  dm: 0.1,
  m: 1,
  km: 1e3,
  in: 0.0254,
  thou: 2.54e-5,
  pt: 0.0254 / 72,
  li: 0.0254 / 12,
  ft: 0.3048,
  yd: 0.9144,
  mi: 1609.344,
};
const SECONDS: Record<string, number> = {
  ns: 1e-9,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86400,
};
const STEPS: readonly (readonly [number, string])[] = [
  [1, "m"],
  [1e-3, "mm"],
  [1e-6, "µm"],
  [1e-9, "nm"],
  [1e-12, "pm"],
];

/** Metres, or null when the unit is not a length (pixels, reference frames). */
export function inMetres({ value, unit }: Quantity): number | null {
  const factor = METRES[unit];
  return factor === undefined ? null : value * factor;
}

export function inSeconds({ value, unit }: Quantity): number | null {
  const factor = SECONDS[unit];
  return factor === undefined ? null : value * factor;
}

/** A length in the unit that gives it one to three digits before the point. */
export function lengthText(metres: number, digits = 3): string {
  const size = Math.abs(metres);
  // A length just below a step reads better as 1 000 µm than as 1 mm only from 1 mm on.
  const [factor, unit] = STEPS.find(([step]) => size >= step * 0.9995) ?? [1e-6, "µm"];
  return `${number(metres / factor, digits)} ${unit}`;
}

/** hh:mm:ss, with parts of a second below a minute. */
export function timeText(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const size = Math.abs(seconds);
  if (size < 1 && size > 0) return `${sign}${number(size * 1e3, 3)} ms`;
  if (size < 60) return `${sign}${number(size, 3)} s`;
  const whole = Math.round(size);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return sign + parts.map((part) => String(part).padStart(2, "0")).join(":");
}

const formats = new Map<number, Intl.NumberFormat>();

/** A number with so many significant digits, in the locale's form. */
export function number(value: number, digits = 4): string {
  let format = formats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { maximumSignificantDigits: digits });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** An intensity: whole numbers in full, others with four digits. */
export function intensityText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString() : number(value, 4);
}
