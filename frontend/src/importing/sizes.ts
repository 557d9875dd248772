/** Sizes and fractions as people read them. */

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Bytes in the unit that gives few digits: `4.2 GB`. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: digits })} ${UNITS[unit] ?? ""}`;
}

/** A fraction in whole percent; never 100 before the end. */
export function percentText(part: number, whole: number): string {
  const percent = whole === 0 ? 100 : Math.floor((100 * part) / whole);
  return `${String(Math.min(percent, part < whole ? 99 : 100))} %`;
}
