/** What wells can be coloured by, and the colours. */

import type { WellRow } from "./documents";

/** `kv:dose`, `type`, `status`, `fields`, `tags`; empty for nothing. */
export type Measure = string;

/** A key of the wells, and on how many of them it is. */
export interface KeyCount {
  readonly key: string;
  readonly count: number;
}

/** The keys of the wells, most frequent first; compared without regard to case. */
export function keysOf(wells: readonly WellRow[]): KeyCount[] {
  const counts = new Map<string, { key: string; count: number }>();
  for (const well of wells) {
    for (const key of new Set(well.keyValues.map((pair) => pair.key))) {
      const folded = key.toLowerCase();
      const found = counts.get(folded) ?? { key, count: 0 };
      found.count += 1;
      counts.set(folded, found);
    }
  }
  return [...counts.values()].toSorted(
    (one, other) => other.count - one.count || one.key.localeCompare(other.key),
  );
}

interface Value {
  readonly text: string;
  readonly number: number | null;
  readonly unit: string | null;
}

function valueOf(well: WellRow, by: Measure): Value | null {
  if (by === "fields")
    return { text: String(well.fieldCount), number: well.fieldCount, unit: null };
  const text =
    by === "type"
      ? well.type
      : by === "status"
        ? well.status
        : by === "tags"
          ? well.tags
              .map((tag) => tag.textValue ?? "")
              .toSorted()
              .join(", ")
          : null;
  if (text !== null && text !== "") return { text, number: null, unit: null };
  if (!by.startsWith("kv:")) return null;
  const key = by.slice(3).toLowerCase();
  const pair = well.keyValues.find((each) => each.key.toLowerCase() === key);
  if (pair === undefined || pair.value.trim() === "") return null;
  if (pair.number !== null) return { text: pair.value, number: pair.number, unit: pair.unit };
  return { text: pair.value, ...amountIn(pair.value) };
}

const AMOUNT = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s+-]\S{0,11})?\s*$/;

/** A number with a unit that is no unit of OME, such as `5 nM` or `2 cells/µl`. */
function amountIn(text: string): { number: number | null; unit: string | null } {
  const match = AMOUNT.exec(text);
  if (match === null) return { number: null, unit: null };
  return { number: Number(match[1]), unit: match[2] ?? null };
}

/** What a measure is on wells, where all have numbers of one unit; empty otherwise. */
export function numbersOf(wells: readonly WellRow[], by: Measure): number[] {
  const values = wells.flatMap((well) => valueOf(well, by) ?? []);
  const isOne = new Set(values.map(({ unit }) => unit)).size === 1;
  const numbers = values.flatMap(({ number }) => (number === null ? [] : [number]));
  return isOne && numbers.length === values.length ? numbers : [];
}

export interface Category {
  readonly name: string;
  readonly color: string;
  readonly count: number;
}

/** What the wells' colours mean. */
export type Scale =
  | {
      readonly kind: "numbers";
      readonly low: number;
      readonly high: number;
      readonly unit: string | null;
    }
  | { readonly kind: "categories"; readonly categories: readonly Category[] };

export interface Colouring {
  readonly by: Measure;
  readonly scale: Scale;
  /** By place, counted row by row. */
  readonly colors: ReadonlyMap<number, string>;
  readonly texts: ReadonlyMap<number, string>;
  /** Wells without a value. */
  readonly missing: number;
}

const MOST_CATEGORIES = 8;
const OTHERS = "#999999";
/** Okabe and Ito, Color Universal Design (2008): told apart by all kinds of colour vision. */
const PALETTE = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#CC79A7",
  "#56B4E9",
  "#D55E00",
  "#F0E442",
  "#7A5195",
];

/** The colours of wells by a measure; numbers on a scale where all values are numbers. */
export function coloured(
  wells: readonly WellRow[],
  by: Measure,
  columns: number,
  others: string,
): Colouring {
  const values = new Map<number, Value>();
  for (const well of wells) {
    const value = valueOf(well, by);
    if (value !== null) values.set(well.row * columns + well.column, value);
  }
  const texts = new Map([...values].map(([place, { text }]) => [place, text]));
  const missing = wells.length - values.size;
  const numbers = numbersOf(wells, by);
  if (numbers.length > 0) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const unit = [...values.values()][0]?.unit ?? null;
    const colors = new Map(
      [...values].map(([place, { number }]) => [
        place,
        viridis(high > low ? ((number ?? low) - low) / (high - low) : 0.5),
      ]),
    );
    return { by, scale: { kind: "numbers", low, high, unit }, colors, texts, missing };
  }
  return { by, ...categorised(texts, others), texts, missing };
}

function categorised(
  texts: ReadonlyMap<number, string>,
  others: string,
): Pick<Colouring, "scale" | "colors"> {
  const counts = new Map<string, number>();
  for (const text of texts.values()) counts.set(text, (counts.get(text) ?? 0) + 1);
  const frequent = [...counts].toSorted((one, other) => other[1] - one[1]);
  const tooMany = frequent.length > MOST_CATEGORIES;
  const kept = frequent
    .slice(0, tooMany ? MOST_CATEGORIES - 1 : MOST_CATEGORIES)
    .map(([name]) => name)
    .toSorted((one, other) => one.localeCompare(other, undefined, { numeric: true }));
  const colorOf = new Map(kept.map((name, at) => [name, PALETTE[at] ?? OTHERS]));
  const categories = kept.map((name) => ({
    name,
    color: colorOf.get(name) ?? OTHERS,
    count: counts.get(name) ?? 0,
  }));
  const rest = [...counts].reduce((sum, [name, count]) => sum + (colorOf.has(name) ? 0 : count), 0);
  if (rest > 0) categories.push({ name: others, color: OTHERS, count: rest });
  const colors = new Map([...texts].map(([place, text]) => [place, colorOf.get(text) ?? OTHERS]));
  return { scale: { kind: "categories", categories }, colors };
}

/** Nine points of viridis (van der Walt and Smith, CC0), between which colours are mixed. */
const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
] as const;

/** The colour of a share of the scale, 0 to 1. */
export function viridis(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const [from, to] = [VIRIDIS[index] ?? [0, 0, 0], VIRIDIS[index + 1] ?? [0, 0, 0]];
  const mixed = from.map((part, axis) =>
    Math.round(part + ((to[axis] ?? 0) - part) * (at - index)),
  );
  return `rgb(${mixed.join(" ")})`;
}

/** The scale as a CSS gradient. */
export function viridisGradient(): string {
  return `linear-gradient(to right, ${VIRIDIS.map((parts) => `rgb(${parts.join(" ")})`).join(", ")})`;
}

/** Whether text on a colour is to be black. */
export function isBright(color: string): boolean {
  const numbers = color.startsWith("#")
    ? [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
    : (color.match(/\d+/g) ?? []).map(Number);
  const [red = 0, green = 0, blue = 0] = numbers;
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}
