import { integer, t } from "../i18n";

interface Sizes {
  readonly sizeX: number;
  readonly sizeY: number;
  readonly sizeZ: number;
  readonly sizeC: number;
  readonly sizeT: number;
}

/** Width and height in few letters: `2 048²`, `1 600 × 1 200`. */
export function planeSize({ sizeX, sizeY }: Sizes): string {
  return sizeX === sizeY ? `${integer(sizeX)}²` : `${integer(sizeX)} × ${integer(sizeY)}`;
}

/** The line below a thumbnail: `2 048² · 3c · 31z`. */
export function shortSize(sizes: Sizes): string {
  return [planeSize(sizes), ...axes(sizes, "")].join(" · ");
}

/** All sizes, as the inspector writes them: `2 048 × 2 048 · 31 z · 3 c`. */
export function longSize(sizes: Sizes): string {
  const plane = `${integer(sizes.sizeX)} × ${integer(sizes.sizeY)}`;
  return [plane, ...axes(sizes, " ")].join(" · ");
}

function axes({ sizeC, sizeZ, sizeT }: Sizes, gap: string): string[] {
  return [
    sizeC > 1 ? `${integer(sizeC)}${gap}c` : "",
    sizeZ > 1 ? `${integer(sizeZ)}${gap}z` : "",
    sizeT > 1 ? `${integer(sizeT)}${gap}t` : "",
  ].filter((part) => part !== "");
}

/** An image as a screen reader says it. */
export function spoken(name: string, sizes: Sizes | null): string {
  if (sizes === null) return name;
  const { sizeX, sizeY, sizeC, sizeZ, sizeT } = sizes;
  return [
    name,
    t("spoken.plane", { width: sizeX, height: sizeY }),
    sizeC > 1 ? t("spoken.channels", { count: sizeC }) : "",
    sizeZ > 1 ? t("spoken.planes", { count: sizeZ }) : "",
    sizeT > 1 ? t("spoken.times", { count: sizeT }) : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

const STEPS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** A number of bytes in the unit that fits. */
export function bytes(count: number): string {
  const power = Math.min(STEPS.length - 1, Math.max(0, Math.floor(Math.log10(count || 1) / 3)));
  const value = count / 1000 ** power;
  const digits = value < 10 && power > 0 ? 1 : 0;
  return `${decimal(value, digits)} ${STEPS[power] ?? ""}`;
}

/** A number with at most so many digits after the point. */
export function decimal(value: number, digits: number): string {
  return new Intl.NumberFormat(navigator.language, { maximumFractionDigits: digits }).format(value);
}

/** A moment as people write it. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(navigator.language, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(new Date(iso));
}

/** A length or time with four digits that count. */
export function quantity({ value, unit }: { value: number; unit: string }): string {
  const text = new Intl.NumberFormat(navigator.language, { maximumSignificantDigits: 4 });
  return `${text.format(value)} ${unit}`;
}

/** How people are called here. */
export function fullName(person: {
  userName: string;
  firstName: string;
  lastName: string;
}): string {
  return [person.firstName, person.lastName].filter(Boolean).join(" ") || person.userName;
}
