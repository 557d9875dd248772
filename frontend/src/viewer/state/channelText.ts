/** Channels as text, in the grammar the server's `c=` has: `1:110-2200.4D8DFF,-2,3.lut(magma).inv`. */

import type { Problem } from "./problems";
import { type ChannelView, sameChannel } from "./view";

/** As many channel items as the server takes in one request. */
const MAX_ITEMS = 512;

const EXPONENT = "(?:[eE][+-]?[0-9]{1,3})?";
const START = `[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)${EXPONENT}`;
// After the window's end a point may begin a fraction or a colour: six or eight hexadecimal
// digits, up to the next point or the end of the piece, are a colour.
const POINT = "\\.(?![0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?(?:\\.|$))";
const END = `[+-]?(?:[0-9]+(?:${POINT}[0-9]+)?|${POINT}[0-9]+)${EXPONENT}`;
const ITEM = new RegExp(
  `^(-?)([0-9]{1,6})(?::(${START})-(${END}))?((?:\\.[^.()]+(?:\\([^()]*\\))?)*)$`,
);
const OPTION = /\.([^.()]+)(?:\(([^()]*)\))?/g;
const COLOR = /^[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?$/;
const COMMA = /,(?![^()]*\))/;
const FAMILIES = new Set(["linear", "polynomial", "exponential", "logarithmic"]);

export interface ParsedChannels {
  readonly channels: readonly ChannelView[];
  /** Pieces that were left out, with the reason. */
  readonly problems: readonly Problem[];
}

/** Applies the text's changes to `base`; what is not understood is left out and reported. */
export function parseChannels(text: string, base: readonly ChannelView[]): ParsedChannels {
  const channels = [...base];
  const problems: Problem[] = [];
  const items = text.trim() === "" ? [] : text.split(COMMA);
  for (const item of items.slice(0, MAX_ITEMS)) {
    const piece = item.trim();
    const match = ITEM.exec(piece);
    const index = Number(match?.[2]) - 1;
    const channel = channels[index];
    if (!match) problems.push({ piece: `c=${piece}`, reason: "grammar" });
    else if (!channel)
      problems.push({ piece: `c=${piece}`, reason: "channel", count: base.length });
    else {
      const changed = applied(channel, match);
      if (changed) channels[index] = changed;
      else problems.push({ piece: `c=${piece}`, reason: reasonFor(match) });
    }
  }
  if (items.length > MAX_ITEMS)
    problems.push({ piece: `c=${items[MAX_ITEMS] ?? ""}…`, reason: "many", count: MAX_ITEMS });
  return { channels, problems };
}

function reasonFor(match: RegExpExecArray): Problem["reason"] {
  return match[3] !== undefined && Number(match[3]) > Number(match[4]) ? "window" : "option";
}

function applied(channel: ChannelView, match: RegExpExecArray): ChannelView | null {
  let next: ChannelView = { ...channel, active: match[1] === "" };
  if (match[3] !== undefined) {
    next = { ...next, start: Number(match[3]), end: Number(match[4]) };
    if (!(next.start <= next.end) || !Number.isFinite(next.end - next.start)) return null;
  }
  for (const [, name = "", argument] of (match[5] ?? "").matchAll(OPTION)) {
    const changed = withOption(next, name, argument);
    if (!changed) return null;
    next = changed;
  }
  return next;
}

function withOption(
  channel: ChannelView,
  name: string,
  argument: string | undefined,
): ChannelView | null {
  if (argument === undefined) {
    if (COLOR.test(name)) return { ...channel, color: fullColor(name), lut: null };
    if (name === "inv" || name === "noinv") return { ...channel, inverted: name === "inv" };
    return null;
  }
  if (name === "lut" && argument) return { ...channel, lut: argument };
  if (name !== "fam") return null;
  const [family = "", coefficient = "1"] = argument.split(",");
  const value = Number(coefficient);
  if (!FAMILIES.has(family) || !(value > 0)) return null;
  return { ...channel, family: { name: family, coefficient: value } };
}

function fullColor(text: string): string {
  return (text.length === 8 ? text : `${text}FF`).toUpperCase();
}

/** The shortest text that `parseChannels` turns into `channels` on the same base. */
export function formatChannels(
  channels: readonly ChannelView[],
  base: readonly ChannelView[],
): string {
  const items = channels.flatMap((channel, index) => {
    const old = base[index];
    return old && !sameChannel(channel, old) ? [itemText(index + 1, channel, old)] : [];
  });
  return items.join(",");
}

function itemText(number: number, channel: ChannelView, old: ChannelView): string {
  let text = `${channel.active ? "" : "-"}${number}`;
  if (channel.start !== old.start || channel.end !== old.end)
    text += `:${numberText(channel.start)}-${numberText(channel.end)}`;
  // A colour clears the lookup table, so the table follows the colour.
  const cleared = channel.color !== old.color || (channel.lut === null && old.lut !== null);
  if (cleared) text += `.${channel.color.replace(/FF$/, "").padEnd(6, "F")}`;
  if (channel.lut !== null && (cleared || channel.lut !== old.lut)) text += `.lut(${channel.lut})`;
  if (channel.inverted !== old.inverted) text += channel.inverted ? ".inv" : ".noinv";
  return text + familyText(channel, old);
}

function familyText({ family }: ChannelView, old: ChannelView): string {
  const same = family?.name === old.family?.name && family?.coefficient === old.family?.coefficient;
  if (same) return "";
  if (!family) return ".fam(linear)";
  const coefficient = family.coefficient === 1 ? "" : `,${numberText(family.coefficient)}`;
  return `.fam(${family.name}${coefficient})`;
}

/** A number that reads back exactly and whose fraction is not taken for a colour. */
function numberText(value: number): string {
  const [mantissa = "0", exponent] = String(value).split("e");
  // A plus would reach the server as a space.
  const suffix = exponent === undefined ? "" : `e${exponent.replace("+", "")}`;
  const fraction = mantissa.split(".")[1];
  const guard = fraction !== undefined && COLOR.test(fraction + suffix) ? "0" : "";
  return mantissa + guard + suffix;
}
