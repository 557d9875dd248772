/** Channel colours: those offered, and how a true colour looks in the interface. */

import type { Word } from "../words";

/** Offered colours, RRGGBB, with their names. */
export const PALETTE: readonly (readonly [string, Word])[] = [
  ["0000FF", "color.blue"],
  ["00FF00", "color.green"],
  ["FF0000", "color.red"],
  ["FF00FF", "color.magenta"],
  ["00FFFF", "color.cyan"],
  ["FFFF00", "color.yellow"],
  ["FF8000", "color.orange"],
  ["FFFFFF", "color.white"],
];

/** Pure colours are too dark or too loud on panels; these are their legible relatives. */
const LEGIBLE: Record<string, string> = {
  "0000FF": "#4d8dff",
  "00FF00": "#3ddc84",
  FF0000: "#ff5c5c",
  FF00FF: "#ff5ce1",
  "00FFFF": "#2fe0e0",
  FFFF00: "#ffd84d",
  FF8000: "#ff9f43",
  FFFFFF: "#d0d4db",
};

/** The colour that stands for a channel in panels, as CSS; `color` is RRGGBB[AA]. */
export function swatchColor(color: string): string {
  const rgb = color.slice(0, 6).toUpperCase();
  return LEGIBLE[rgb] ?? lifted(rgb);
}

/** The same hue, light enough to be seen on a dark panel. */
function lifted(rgb: string): string {
  const parts = [0, 2, 4].map((at) => Number.parseInt(rgb.slice(at, at + 2), 16));
  const [red = 0, green = 0, blue = 0] = parts;
  const luminance = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  const share = Math.max(0, 0.32 - luminance);
  const mixed = parts.map((part) => Math.round(part + (235 - part) * share));
  return `rgb(${mixed.join(" ")})`;
}
