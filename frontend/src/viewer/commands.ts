/** What a person can do in the viewer, each with its keys. */

import { command } from "../commands/registry";
import { w, type Word } from "./words";

/** How many channels have digit keys. */
export const DIGITS = 9;

const KEYS = {
  "viewer.zoomIn": ["tool.zoomIn", "+", "="],
  "viewer.zoomOut": ["tool.zoomOut", "-"],
  "viewer.fit": ["tool.fit", "F"],
  "viewer.actual": ["tool.actual", "Shift+F"],
  "viewer.panLeft": ["command.panLeft", "ArrowLeft"],
  "viewer.panRight": ["command.panRight", "ArrowRight"],
  "viewer.panUp": ["command.panUp", "ArrowUp"],
  "viewer.panDown": ["command.panDown", "ArrowDown"],
  "viewer.halfLeft": ["command.halfLeft", "Shift+ArrowLeft"],
  "viewer.halfRight": ["command.halfRight", "Shift+ArrowRight"],
  "viewer.halfUp": ["command.halfUp", "Shift+ArrowUp"],
  "viewer.halfDown": ["command.halfDown", "Shift+ArrowDown"],
  "viewer.zPrevious": ["command.zPrevious", ","],
  "viewer.zNext": ["command.zNext", "."],
  "viewer.zBack10": ["command.zBack10", "Alt+,"],
  "viewer.zOn10": ["command.zOn10", "Alt+."],
  "viewer.tPrevious": ["command.tPrevious", "<"],
  "viewer.tNext": ["command.tNext", ">"],
  "viewer.tBack10": ["command.tBack10", "Alt+<"],
  "viewer.tOn10": ["command.tOn10", "Alt+>"],
  "viewer.play": ["command.play", "Shift+Space"],
  "viewer.auto": ["command.auto", "A"],
  "viewer.autoFocused": ["command.autoFocused", "Shift+A"],
  "viewer.grey": ["command.grey", "G"],
  "viewer.reset": ["command.reset", "Shift+R"],
  "viewer.undo": ["command.undo", "Mod+Z"],
  "viewer.redo": ["command.redo", "Mod+Shift+Z", "Mod+Y"],
  "viewer.share": ["command.share", "Shift+S"],
  "viewer.navigator": ["tool.navigator", "N"],
  "viewer.scaleBar": ["tool.scaleBar", "B"],
  "viewer.rois": ["tool.rois", "M"],
  "viewer.previousImage": ["nav.previous", "["],
  "viewer.nextImage": ["nav.next", "]"],
  "viewer.close": ["command.close", "Escape"],
} as const satisfies Record<string, readonly [Word, ...string[]]>;

export type ViewerCommand = keyof typeof KEYS;

for (const [id, [word, ...keys]] of Object.entries(KEYS)) command(id, w(word), keys, "viewer");

for (let number = 1; number <= DIGITS; number += 1) {
  command(
    channelCommand("channel", number),
    w("command.channel", { number }),
    [`${number}`],
    "viewer",
  );
  command(
    channelCommand("solo", number),
    w("command.solo", { number }),
    [`Shift+D${number}`],
    "viewer",
  );
  command(
    channelCommand("focusChannel", number),
    w("command.focusChannel", { number }),
    [`Alt+D${number}`],
    "viewer",
  );
}

/** The id of a command of one channel, counted from 1. */
export function channelCommand(act: "channel" | "solo" | "focusChannel", number: number): string {
  return `viewer.${act}.${number}`;
}

/** The key that a tooltip shows. */
export function firstKey(id: ViewerCommand): string {
  return KEYS[id][1];
}
