/** The whole state of a view as one value, and the changes it can undergo. */

import type { Camera } from "../engine/camera";
import { clamp } from "../engine/geometry";
import type { Quarter } from "./turn";

export interface Family {
  readonly name: string;
  readonly coefficient: number;
}

export interface ChannelView {
  readonly active: boolean;
  readonly start: number;
  readonly end: number;
  /** RRGGBBAA, upper case. */
  readonly color: string;
  readonly lut: string | null;
  readonly inverted: boolean;
  /** Null: as the image's own rendering has it. */
  readonly family: Family | null;
}

export type Tab = "channels" | "rois" | "info";

export interface View {
  /** Zero-based. */
  readonly z: number;
  readonly t: number;
  /** Null: the whole image, fitted. */
  readonly camera: Camera | null;
  readonly channels: readonly ChannelView[];
  readonly model: "c" | "g";
  readonly tab: Tab;
  readonly navigator: boolean;
  readonly scaleBar: boolean;
  /** Whether regions of interest lie on the picture. */
  readonly rois: boolean;
  /** `max:4-18`, planes from 1, as one picture; empty for one plane. */
  readonly projection: string;
  /** Each shown channel alone beside all together. */
  readonly split: boolean;
  readonly rotation: Quarter;
  /** Mirrored left to right, before it is turned. */
  readonly flipped: boolean;
}

/** Sizes that a view must respect. */
export interface Bounds {
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
}

export function withChannel(view: View, index: number, change: Partial<ChannelView>): View {
  const channels = view.channels.map((channel, at) =>
    at === index ? { ...channel, ...change } : channel,
  );
  return { ...view, channels };
}

/** Turns a channel on or off; in grey, where one is shown, chooses it. */
export function toggled(view: View, index: number): View {
  if (view.model === "g" && view.channels.length > 1) return soloed(view, index);
  const channel = view.channels[index];
  return channel ? withChannel(view, index, { active: !channel.active }) : view;
}

/** Only this channel; when it already is the only one, all of them. */
export function soloed(view: View, index: number): View {
  if (!view.channels[index]) return view;
  const alone = view.channels.every((channel, at) => channel.active === (at === index));
  const all = alone && view.model === "c";
  const channels = view.channels.map((channel, at) => ({
    ...channel,
    active: all || at === index,
  }));
  return { ...view, channels };
}

/** The next plane along an axis, staying inside the image. */
export function stepped(view: View, bounds: Bounds, axis: "z" | "t", by: number): View {
  const last = (axis === "z" ? bounds.sizeZ : bounds.sizeT) - 1;
  const next = clamp(view[axis] + by, 0, last);
  return next === view[axis] ? view : { ...view, [axis]: next };
}

/** Positions of the channels that the picture is made of. */
export function shownChannels(view: View): number[] {
  const active = view.channels.flatMap((channel, index) => (channel.active ? [index] : []));
  return view.model === "g" ? active.slice(0, 1) : active;
}

export function sameChannel(a: ChannelView, b: ChannelView): boolean {
  return (
    a.active === b.active &&
    a.start === b.start &&
    a.end === b.end &&
    a.color === b.color &&
    a.lut === b.lut &&
    a.inverted === b.inverted &&
    a.family?.name === b.family?.name &&
    a.family?.coefficient === b.family?.coefficient
  );
}
