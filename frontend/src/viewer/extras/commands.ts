/** What a person can do in the viewer beyond looking; declared when the first picture is shown. */

import { command } from "../../commands/registry";
import { x, type ExtraWord } from "./words";

const KEYS = {
  "viewer.hideRois": ["tool.hideRois", "Shift+H"],
  "viewer.save": ["command.save", "Mod+S"],
  "viewer.copyRendering": ["command.copy", "Mod+Shift+C"],
  "viewer.pasteRendering": ["command.paste", "Mod+Shift+V"],
  "viewer.resetToOwner": ["command.owners"],
  "viewer.resetToDefault": ["command.default"],
  "viewer.turnRight": ["command.turnRight", "T"],
  "viewer.turnLeft": ["command.turnLeft", "Shift+T"],
  "viewer.flip": ["command.flip", "H"],
  "viewer.projection": ["command.projection", "Shift+Z"],
  "viewer.split": ["command.split", "X"],
  "viewer.compare": ["command.compare", "W"],
} as const satisfies Record<string, readonly [ExtraWord, ...string[]]>;

for (const [id, [word, ...keys]] of Object.entries(KEYS)) command(id, x(word), keys, "viewer");

/** What a hand can draw, with its keys. */
export const TOOLS = {
  select: "V",
  rectangle: "R",
  ellipse: "E",
  polygon: "P",
  freehand: "Shift+P",
  line: "L",
  arrow: "Shift+O",
  polyline: "Shift+L",
  point: "O",
  label: "Y",
  brush: "Shift+B",
} as const;

for (const [tool, key] of Object.entries(TOOLS)) {
  const title = x("tool.draw", { tool: x(`draw.${tool as keyof typeof TOOLS}`) });
  command(`viewer.tool.${tool}`, title, [key], "viewer");
}
