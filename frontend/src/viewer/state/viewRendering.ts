/** A view's rendering in the form in which pictures are made of planes. */

import type { ChannelRendering, FamilyName, Rendering } from "../planes/rendering";
import { type ChannelView, shownChannels, type View } from "./view";

export function viewRendering(view: View): Rendering {
  const channels = shownChannels(view).flatMap((index) => {
    const channel = view.channels[index];
    return channel ? [channelRendering(index, channel)] : [];
  });
  return { grey: view.model === "g", channels };
}

function channelRendering(index: number, channel: ChannelView): ChannelRendering {
  const { start, end, inverted, lut, color, family } = channel;
  const part = (at: number): number => Number.parseInt(color.slice(at, at + 2) || "FF", 16);
  const name = (family?.name ?? "linear") as FamilyName;
  const coefficient = name === "polynomial" || name === "exponential" ? family?.coefficient : 1;
  return {
    index,
    start,
    end,
    inverted,
    lut,
    family: name,
    coefficient: coefficient ?? 1,
    color: [part(0), part(2), part(4), part(6)],
  };
}
