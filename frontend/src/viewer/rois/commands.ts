/** What a person can do with regions once they are shown. The tools are the viewer's commands. */

import { command } from "../../commands/registry";
import { r, type RoiWord } from "./words";

const KEYS = {
  "rois.next": ["command.next", "J"],
  "rois.previous": ["command.previous", "K"],
  "rois.delete": ["command.delete", "Delete"],
  "rois.copy": ["command.copy", "Mod+C"],
  "rois.paste": ["command.paste", "Mod+V"],
  "rois.duplicate": ["command.duplicate", "Mod+D"],
  "rois.all": ["command.all", "Mod+A"],
  "rois.name": ["command.name", "F2"],
  "rois.export": ["command.export", "Shift+M"],
} as const satisfies Record<string, readonly [RoiWord, ...string[]]>;

for (const [id, [word, ...keys]] of Object.entries(KEYS)) command(id, r(word), keys, "viewer");
