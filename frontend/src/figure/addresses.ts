/** Addresses of what a panel shows on the screen. */

import { cropOf, type Panel, type PanelImage } from "./model";

/** The address of a panel's pixels, sharp at a width of so many screen pixels. */
export function panelAddress(panel: Panel, image: PanelImage, width: number): string {
  const crop = cropOf(panel, image);
  const fitting = image.levels.findLastIndex(
    (level) => (crop.width * level.width) / image.width >= width,
  );
  // More than the server draws at once is not needed on any screen.
  const small = image.levels.findIndex(
    (level) =>
      (crop.width * level.width) / image.width <= 4096 &&
      (crop.height * level.height) / image.height <= 4096,
  );
  const number = Math.max(0, fitting, small);
  const level = image.levels[number] ?? { width: image.width, height: image.height };
  const scale = { x: level.width / image.width, y: level.height / image.height };
  const x = Math.min(level.width - 1, Math.round(crop.x * scale.x));
  const y = Math.min(level.height - 1, Math.round(crop.y * scale.y));
  const parts: Record<string, number | string> = {
    level: number,
    z: panel.z ?? image.defaultZ,
    t: panel.t ?? image.defaultT,
    x,
    y,
    width: Math.min(level.width - x, Math.max(1, Math.round(crop.width * scale.x))),
    height: Math.min(level.height - y, Math.max(1, Math.round(crop.height * scale.y))),
    format: "webp",
  };
  const [path = "", query = ""] = image.regionUrl.split("?");
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => String(parts[name as string] ?? ""));
  const parameters = new URLSearchParams(query);
  if (panel.c !== "") parameters.set("c", panel.c);
  if (panel.m !== null) parameters.set("m", panel.m);
  if (panel.p !== null) parameters.set("p", panel.p);
  return `${filled}?${parameters.toString()}`;
}
