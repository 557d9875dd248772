// @vitest-environment node
import { expect, test } from "vitest";
import { choiceText, detailsOf } from "./details";
import { openImage } from "./imageFacts";
import type { ViewerImage } from "./imageQuery";

const image = {
  id: "Image:42",
  name: "cells.ome.tiff",
  description: null,
  acquisitionDate: null,
  series: 0,
  owner: { userName: "ada", firstName: "Ada", lastName: "Lovelace" },
  group: { name: "Lab" },
  created: { time: "2026-03-04T10:11:00Z" },
  thumbnailUrl: "/thumbnails/42.jpg?size=512&v=1",
  tileUrl: "/tiles/42/{level}/{z}/{t}/{x}/{y}.{format}?v=1",
  rawUrl: "/raw/42/{level}/{z}/{t}/{x}/{y}?v=1",
  datasets: { nodes: [{ id: "Dataset:7", name: "Screen 7", projects: { nodes: [] } }] },
  fileset: { format: "OME-TIFF", files: [{ name: "cells.ome.tiff", size: 5_000_000 }] },
  rendering: {
    model: "RGB",
    codomain: { start: 0, end: 255, bits: 8 },
    defaultZ: 2,
    defaultT: 0,
    channels: [
      {
        index: 0,
        label: "DAPI",
        active: true,
        start: 10,
        end: 200,
        min: 0,
        max: 250,
        typeMin: 0,
        typeMax: 65535,
        color: "#0000ffff",
        lut: null,
        inverted: false,
        family: "linear",
        coefficient: 1,
      },
    ],
  },
  pixels: {
    type: "UINT16",
    dimensionOrder: "XYZCT",
    significantBits: 12,
    sizeX: 1024,
    sizeY: 512,
    sizeZ: 5,
    sizeC: 1,
    sizeT: 1,
    physicalSizeX: { value: 0.5, unit: "µm" },
    physicalSizeY: { value: 0.5, unit: "µm" },
    physicalSizeZ: null,
    timeIncrement: null,
    levels: [
      { level: 0, width: 1024, height: 512 },
      { level: 1, width: 512, height: 256 },
    ],
    channels: [
      {
        index: 0,
        name: "DAPI",
        emissionWavelength: { value: 461, unit: "nm" },
        excitationWavelength: null,
        contrastMethod: null,
        fluor: null,
        samplesPerPixel: 1,
      },
    ],
  },
} as unknown as ViewerImage;

test("an answer becomes facts, and the image's rendering the view to start from", () => {
  const opened = openImage(image);

  expect(opened?.facts).toMatchObject({
    width: 1024,
    height: 512,
    integral: true,
    photograph: false,
    histogramUrl: "/histograms/42",
    dataset: { number: "7", name: "Screen 7" },
    project: null,
  });
  expect(opened?.base).toMatchObject({ z: 2, t: 0, model: "c", camera: null });
  expect(opened?.base.channels[0]?.color).toBe("0000FFFF");
});

test("a curve is that of the image's own rendering, and fewer levels are noticed", () => {
  const rendering = image.rendering && {
    ...image.rendering,
    codomain: { start: 0, end: 255, bits: 7 },
    channels: image.rendering.channels.map((channel) => ({
      ...channel,
      family: "polynomial",
      coefficient: 2,
    })),
  };
  const opened = openImage({ ...image, rendering });

  expect(openImage(image)?.facts.allLevels).toBe(true);
  expect(openImage(image)?.base.channels[0]?.family).toBeNull();
  expect(opened?.facts.allLevels).toBe(false);
  expect(opened?.base.channels[0]?.family).toEqual({ name: "polynomial", coefficient: 2 });
});

test("three samples in a pixel are a photograph", () => {
  const pixels = image.pixels && {
    ...image.pixels,
    channels: image.pixels.channels.map((channel) => ({ ...channel, samplesPerPixel: 3 })),
  };

  expect(openImage({ ...image, pixels })?.facts.photograph).toBe(true);
});

test("the panel lists what is known and nothing that is not", () => {
  const rows = detailsOf(image).flatMap((group) => group.rows);

  expect(rows).toContainEqual(["Owner", "Ada Lovelace"]);
  expect(rows).toContainEqual(["Type", "uint16, 12 bits used"]);
  expect(rows).toContainEqual(["Field of view", "512 µm × 256 µm"]);
  expect(rows).toContainEqual(["Emission", "461 nm"]);
  expect(rows.some(([label]) => label === "Description" || label === "Z step")).toBe(false);
});

test("an image without pixels cannot be opened", () => {
  expect(openImage({ ...image, pixels: null })).toBeNull();
});

test("values of enumerations are written as people read them", () => {
  expect(choiceText("POLARIZED_LIGHT")).toBe("Polarized light");
  expect(choiceText("FLUORESCENCE")).toBe("Fluorescence");
  expect(choiceText("DIC")).toBe("DIC");
});
