/** What a person can do with a figure. */

import { command } from "../commands/registry";
import { w } from "./words";

const LOCAL = { local: true };

command("figure.save", w("command.save"), ["Mod+S"], "figure");
command("figure.undo", w("command.undo"), ["Mod+Z"], "figure");
command("figure.redo", w("command.redo"), ["Mod+Shift+Z", "Mod+Y"], "figure");
command("figure.next", w("command.nextPanel"), ["]"], "figure");
command("figure.previous", w("command.previousPanel"), ["["], "figure");
command("figure.duplicate", w("command.duplicate"), ["Mod+D"], "figure");
command("figure.crop", w("command.crop"), ["C"], "figure");
command("figure.zoomIn", w("command.zoomIn"), ["+", "="], "figure");
command("figure.zoomOut", w("command.zoomOut"), ["-"], "figure");
command("figure.remove", w("command.remove"), ["Delete"], "figure", undefined, LOCAL);
command(
  "figure.nudge",
  w("command.nudge"),
  ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
  "figure",
  undefined,
  LOCAL,
);
