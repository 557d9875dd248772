/** A view as the query of its page: fixed order, only what differs from the image's own rendering. */

import type { Camera } from "../engine/camera";
import { formatChannels, parseChannels } from "./channelText";
import type { Problem } from "./problems";
import type { Bounds, View } from "./view";

export interface ParsedView {
  readonly view: View;
  readonly problems: readonly Problem[];
}

const KNOWN = new Set([
  "z",
  "t",
  "xy",
  "zm",
  "c",
  "m",
  "tab",
  "nav",
  "bar",
  "rois",
  "p",
  "view",
  "rot",
  "flip",
]);

/** The query without its question mark; empty for the image's own rendering, fitted. */
export function formatView(view: View, base: View): string {
  const { camera } = view;
  const pairs: [string, string][] = [];
  if (view.z !== base.z) pairs.push(["z", String(view.z + 1)]);
  if (view.t !== base.t) pairs.push(["t", String(view.t + 1)]);
  if (camera) pairs.push(["xy", placeText(camera)], ["zm", significant(camera.zoom, 4)]);
  if (view.rotation !== 0) pairs.push(["rot", String(view.rotation)]);
  if (view.flipped) pairs.push(["flip", "x"]);
  const channels = formatChannels(view.channels, base.channels);
  if (channels) pairs.push(["c", channels]);
  if (view.model !== base.model) pairs.push(["m", view.model]);
  if (view.projection) pairs.push(["p", view.projection]);
  if (view.split) pairs.push(["view", "split"]);
  if (view.tab !== base.tab) pairs.push(["tab", view.tab]);
  if (view.navigator !== base.navigator) pairs.push(["nav", view.navigator ? "1" : "0"]);
  if (view.scaleBar !== base.scaleBar) pairs.push(["bar", view.scaleBar ? "1" : "0"]);
  if (view.rois !== (view.tab === "rois")) pairs.push(["rois", view.rois ? "1" : "0"]);
  return pairs.map(([key, value]) => `${key}=${readable(value)}`).join("&");
}

/** What a tile request adds: rendering and projection, as changes of the image's own. */
export function formatStyle(view: View, base: View): string {
  const projection = view.projection && `p=${view.projection}`;
  return [formatRendering(view, base), projection].filter(Boolean).join("&");
}

/** The rendering alone: channels and model. */
export function formatRendering(view: View, base: View): string {
  const parts: string[] = [];
  const channels = formatChannels(view.channels, base.channels);
  if (channels) parts.push(`c=${readable(channels)}`);
  if (view.model !== base.model) parts.push(`m=${view.model}`);
  return parts.join("&");
}

/** Percent-encoded as little as a query allows, so that people can read and edit it. */
function readable(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/** As many decimals as half a screen pixel needs. */
function placeText({ x, y, zoom }: Camera): string {
  const digits = Math.max(0, Math.ceil(Math.log10(zoom)) + (zoom > 1 ? 1 : 0));
  return [x, y].map((value) => String(Number(value.toFixed(digits)))).join(",");
}

function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** Reads a query on top of `base`; whatever is wrong is left out and reported. */
export function parseView(query: string, base: View, bounds: Bounds): ParsedView {
  const reader = new QueryReader(query);
  const { channels, problems } = parseChannels(reader.text("c") ?? "", base.channels);
  const tab = reader.choice("tab", ["channels", "rois", "info"] as const) ?? base.tab;
  const view: View = {
    z: reader.plane("z", bounds.sizeZ) ?? base.z,
    t: reader.plane("t", bounds.sizeT) ?? base.t,
    camera: reader.camera(bounds) ?? base.camera,
    channels,
    model: reader.choice("m", ["c", "g"] as const) ?? base.model,
    tab,
    navigator: reader.flag("nav") ?? base.navigator,
    scaleBar: reader.flag("bar") ?? base.scaleBar,
    projection: reader.projection(bounds),
    split: reader.choice("view", ["split"]) !== null,
    rotation: Number(reader.choice("rot", ["90", "180", "270"]) ?? 0) as View["rotation"],
    flipped: reader.choice("flip", ["x"]) === "x",
    rois: reader.flag("rois") ?? tab === "rois",
  };
  return { view, problems: [...reader.unknown(), ...reader.problems, ...problems] };
}

class QueryReader {
  readonly problems: Problem[] = [];
  private readonly values: URLSearchParams;

  constructor(query: string) {
    this.values = new URLSearchParams(query);
  }

  text(key: string): string | null {
    return this.values.get(key);
  }

  /** A one-based plane number, made zero-based. */
  plane(key: string, count: number): number | null {
    const text = this.text(key);
    if (text === null) return null;
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= count) return number - 1;
    this.problems.push({ piece: `${key}=${text}`, reason: "range", count });
    return null;
  }

  camera(bounds: Bounds): Camera | null {
    const place = this.place(bounds);
    const zoom = this.zoom();
    if (!place && zoom === null) return null;
    const { x, y } = place ?? { x: bounds.width / 2, y: bounds.height / 2 };
    return { x, y, zoom: zoom ?? 1 };
  }

  choice<T extends string>(key: string, allowed: readonly T[]): T | null {
    const text = this.text(key);
    const found = allowed.find((value) => value === text);
    if (text !== null && found === undefined) this.wrong(key, text);
    return found ?? null;
  }

  projection({ sizeZ, sizeT }: Bounds): string {
    const text = this.text("p");
    if (text === null) return "";
    const found = /^(t?)(max|min|mean|sum)(?::(\d+)-(\d+))?$/.exec(text);
    const count = found?.[1] ? sizeT : sizeZ;
    const [first, last] = [Number(found?.[3] ?? 1), Number(found?.[4] ?? count)];
    if (found && first >= 1 && first <= last && last <= count) return text;
    this.wrong("p", text);
    return "";
  }

  flag(key: string): boolean | null {
    const choice = this.choice(key, ["0", "1"] as const);
    return choice === null ? null : choice === "1";
  }

  unknown(): Problem[] {
    return [...this.values]
      .filter(([key]) => !KNOWN.has(key))
      .map(([key, value]) => ({ piece: value ? `${key}=${value}` : key, reason: "unknown" }));
  }

  private place(bounds: Bounds): { x: number; y: number } | null {
    const text = this.text("xy");
    if (text === null) return null;
    const [x = Number.NaN, y = Number.NaN, ...more] = text.split(",").map(numberOf);
    const inside = x >= 0 && x <= bounds.width && y >= 0 && y <= bounds.height;
    if (inside && more.length === 0) return { x, y };
    this.wrong("xy", text);
    return null;
  }

  private zoom(): number | null {
    const text = this.text("zm");
    if (text === null) return null;
    const zoom = numberOf(text);
    if (zoom > 0 && zoom < 1e6) return zoom;
    this.wrong("zm", text);
    return null;
  }

  private wrong(key: string, text: string): void {
    this.problems.push({ piece: `${key}=${text}`, reason: "value" });
  }
}

/** Number, but an empty text is no number. */
function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
