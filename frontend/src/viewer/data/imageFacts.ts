/** The server's answer about an image as the facts and the first view of the viewer. */

import { numberOf } from "../../browse/ids";
import type { ChannelFacts, ImageFacts, Link } from "../state/facts";
import type { View } from "../state/view";
import type { ViewerImage } from "./imageQuery";

export interface OpenedImage {
  readonly facts: ImageFacts;
  /** The image's own rendering, fitted: what an address without a query shows. */
  readonly base: View;
}

/** Null when the image has no pixels that could be shown. */
export function openImage(image: ViewerImage): OpenedImage | null {
  const { pixels, rendering } = image;
  if (!pixels || !rendering || pixels.levels.length === 0) return null;
  const facts = factsOf(image, pixels, rendering);
  return { facts, base: baseView(rendering) };
}

type Pixels = NonNullable<ViewerImage["pixels"]>;
type Rendering = NonNullable<ViewerImage["rendering"]>;

function factsOf(image: ViewerImage, pixels: Pixels, rendering: Rendering): ImageFacts {
  const dataset = image.datasets.nodes[0] ?? null;
  const project = dataset?.projects.nodes[0] ?? null;
  return {
    id: image.id,
    name: image.name,
    dataset: dataset && linkTo(dataset),
    project: project && linkTo(project),
    thumbnailUrl: image.thumbnailUrl,
    tileUrl: image.tileUrl,
    raw: rawRoute(image.rawUrl),
    histogramUrl: `/histograms/${numberInRoute(image.tileUrl)}`,
    width: pixels.sizeX,
    height: pixels.sizeY,
    sizeZ: pixels.sizeZ,
    sizeT: pixels.sizeT,
    pixelType: pixels.type.toLowerCase(),
    integral: /int|bit/i.test(pixels.type),
    photograph: isPhotograph(pixels, rendering),
    allLevels: hasAllLevels(rendering.codomain),
    pixelSize: { x: pixels.physicalSizeX, y: pixels.physicalSizeY, z: pixels.physicalSizeZ },
    timeStep: pixels.timeIncrement,
    levels: pixels.levels.map(({ level, width, height }) => ({ index: level, width, height })),
    channels: rendering.channels.map((channel) => channelFacts(channel, pixels)),
    answer: image,
  };
}

function linkTo({ id, name }: { id: string; name: string }): Link {
  return { number: numberOf(id), name };
}

/** `/raw/42/…/{y}?v=…` in its two parts. */
function rawRoute(rawUrl: string): ImageFacts["raw"] {
  const [template = "", query = ""] = rawUrl.split("?");
  return { template, version: new URLSearchParams(query).get("v") ?? "" };
}

/** The number by which the server's routes know the image: `/tiles/42/…` → 42. */
function numberInRoute(tileUrl: string): string {
  return /\/tiles\/([^/]+)\//.exec(tileUrl)?.[1] ?? "";
}

function channelFacts(channel: Rendering["channels"][number], pixels: Pixels): ChannelFacts {
  const recorded = pixels.channels.find(({ index }) => index === channel.index);
  return {
    label: channel.label,
    emission: recorded?.emissionWavelength ?? null,
    excitation: recorded?.excitationWavelength ?? null,
    min: channel.min,
    max: channel.max,
    typeMin: channel.typeMin,
    typeMax: channel.typeMax,
  };
}

const PRIMARIES = ["#FF0000", "#00FF00", "#0000FF"];

/** Three 8-bit channels that are the red, green and blue of one exposure. */
function isPhotograph(pixels: Pixels, rendering: Rendering): boolean {
  if ((pixels.channels[0]?.samplesPerPixel ?? 1) >= 3) return true;
  const colors = rendering.channels.map(({ color }) => color.slice(0, 7).toUpperCase());
  const labels = rendering.channels.map(({ label }) => label.toLowerCase()).join(" ");
  return labels === "red green blue" && PRIMARIES.every((color, at) => colors[at] === color);
}

function hasAllLevels({ start, end, bits }: Rendering["codomain"]): boolean {
  return start === 0 && end === 255 && bits === 8;
}

function baseView(rendering: Rendering): View {
  return {
    z: rendering.defaultZ,
    t: rendering.defaultT,
    camera: null,
    channels: rendering.channels.map(({ family, coefficient, ...channel }) => ({
      active: channel.active,
      start: channel.start,
      end: channel.end,
      color: channel.color.slice(1).toUpperCase().padEnd(8, "F"),
      lut: channel.lut,
      inverted: channel.inverted,
      family: family === "linear" ? null : { name: family, coefficient },
    })),
    model: rendering.model === "GREYSCALE" ? "g" : "c",
    tab: "channels",
    navigator: true,
    scaleBar: true,
    rois: false,
    projection: "",
    split: false,
    rotation: 0,
    flipped: false,
  };
}
