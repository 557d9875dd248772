import { describe, expect, test } from "vitest";
import {
  arranged,
  barLength,
  cropBetween,
  cropInside,
  emptyFigure,
  figureForm,
  insetFor,
  litChannels,
  newPanel,
  type PanelImage,
  readFigure,
  splitPanels,
  withChannelOn,
  withoutPanels,
  zoomed,
} from "./model";

const image: PanelImage = {
  number: 7,
  name: "cells",
  width: 480,
  height: 320,
  sizeZ: 6,
  sizeT: 4,
  defaultZ: 3,
  defaultT: 0,
  pixelSize: 0.25,
  levels: [{ width: 480, height: 320 }],
  regionUrl: "/regions/7/{level}/{z}/{t}/{x}/{y}/{width}/{height}.{format}?v=1",
  channels: ["DAPI", "GFP", "Cy5"].map((label) => ({ label, color: "FFFFFF", active: true })),
};

describe("channels of a panel", () => {
  test("are those of the image, and what the text changes", () => {
    expect(litChannels(image, "")).toEqual([0, 1, 2]);
    expect(litChannels(image, "-2,3:1-9.lut(a,b)")).toEqual([0, 2]);
  });

  test("go on and off without losing their windows", () => {
    expect(withChannelOn("2:10-20.FF0000", 1, false)).toBe("-2:10-20.FF0000");
    expect(withChannelOn("-2:10-20.FF0000", 1, true)).toBe("2:10-20.FF0000");
    expect(withChannelOn("", 0, false)).toBe("-1");
  });

  test("are split into one panel each, and one of all", () => {
    const panels = splitPanels(image, { c: "2:10-20" }, emptyFigure(""), "Merged");

    expect(panels.map((panel) => litChannels(image, panel.c))).toEqual([[0], [1], [2], [0, 1, 2]]);
    expect(panels.map(({ labels }) => labels[0]?.text)).toEqual(["DAPI", "GFP", "Cy5", "Merged"]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(4);
  });
});

test("panels are put into rows that fill the page's width", () => {
  const panels = ["a", "b", "c"].map((id) => newPanel(id, image));
  const figure = arranged({ ...emptyFigure(""), panels }, 2, 4);

  expect(figure.panels.map(({ x }) => x)).toEqual([12, 89, 12]);
  expect(figure.panels.every(({ width }) => width === 73)).toBe(true);
  expect(figure.panels[2]?.y).toBeGreaterThan((figure.panels[0]?.height ?? 0) + 12);
});

test("a zoom keeps the middle and stays inside the image", () => {
  const panel = newPanel("a", image);
  const half = zoomed(panel, image, 2);

  expect(half.crop).toEqual({ x: 120, y: 80, width: 240, height: 160 });
  expect(zoomed(half, image, 0.25).crop).toBeNull();
  expect(cropInside({ x: -5, y: 500, width: 9999, height: 10 }, image)).toEqual({
    x: 0,
    y: 310,
    width: 480,
    height: 10,
  });
});

test("an inset frames a third, and loses its frame with its parent", () => {
  const parent = newPanel("a", image);
  const figure = { ...emptyFigure(""), panels: [parent] };
  const inset = insetFor(figure, parent, image);
  const both = { ...figure, panels: [parent, inset] };

  expect(inset.crop).toEqual({ x: 160, y: 107, width: 160, height: 107 });
  expect(withoutPanels(both, new Set(["a"])).panels[0]?.insetOf).toBeNull();
});

test("a scale bar has a round length and at most a quarter of the width", () => {
  const bar = { micrometres: null, corner: "bottom-right", color: "FFFFFF", label: true } as const;
  const panel = { ...newPanel("a", image), bar };

  expect(barLength(panel, image)).toEqual({ millimetres: 20 / (120 / 40), label: "20 µm" });
  expect(barLength(panel, { ...image, pixelSize: null })).toBeNull();
});

test("a figure reads back from its document, and nonsense does not", () => {
  const figure = { ...emptyFigure("One"), panels: [newPanel("a", image, { c: "-2" })] };

  expect(readFigure(JSON.stringify(figureForm(figure)))).toEqual(figure);
  expect(readFigure("{")).toBeNull();
  expect(readFigure('{"version":2}')).toBeNull();
});

test("a rectangle on the page is a part of what the panel shows", () => {
  const panel = { ...newPanel("p1", image), x: 10, y: 10, width: 48, height: 40 };
  // The picture is 48 by 32 millimetres, in the middle of a higher panel: 10 pixels a millimetre.
  const part = cropBetween(panel, image, { x: 34, y: 30 }, { x: 22, y: 18 });
  expect(part).toEqual({ x: 120, y: 40, width: 120, height: 120 });
  const all = cropBetween(panel, image, { x: -5, y: -5 }, { x: 500, y: 500 });
  expect(all).toEqual({ x: 0, y: 0, width: image.width, height: image.height });
  const inner = cropBetween({ ...panel, crop: part }, image, { x: 14, y: 10 }, { x: 24, y: 30 });
  expect(inner).toEqual({ x: 120, y: 40, width: 30, height: 60 });
});
