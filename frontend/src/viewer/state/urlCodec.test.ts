// @vitest-environment node
import { expect, test } from "vitest";
import { baseView, seeded } from "../testing";
import { formatStyle, formatView, parseView } from "./urlCodec";
import type { View } from "./view";

const base = baseView(3);
const bounds = { width: 5000, height: 4000, sizeZ: 31, sizeT: 48 };

test("the image's own view has an empty query", () => {
  expect(formatView(base, base)).toBe("");
  expect(parseView("", base, bounds)).toEqual({ view: base, problems: [] });
});

test("a query is short, readable and in a fixed order, planes counted from one", () => {
  const view: View = {
    ...base,
    z: 11,
    t: 8,
    camera: { x: 4182.4, y: 2960.1, zoom: 0.63 },
    channels: base.channels.map((channel, index) => ({
      ...channel,
      active: index !== 1,
      ...(index === 0 ? { start: 110, end: 2200, color: "4D8DFFFF" } : {}),
    })),
    model: "g",
  };

  expect(formatView(view, base)).toBe("z=12&t=9&xy=4182,2960&zm=0.63&c=1:110-2200.4D8DFF,-2&m=g");
});

test("tiles are asked for by the rendering alone", () => {
  const view: View = { ...base, z: 9, camera: { x: 1, y: 1, zoom: 1 }, model: "g" };

  expect(formatStyle(view, base)).toBe("m=g");
});

test("deeper zooms keep the decimals of the place they need", () => {
  const view: View = { ...base, camera: { x: 100.4567, y: 20.5, zoom: 16 } };

  expect(formatView(view, base)).toBe("xy=100.457,20.5&zm=16");
});

test.each([
  ["z=0", { piece: "z=0", reason: "range", count: 31 }],
  ["z=32", { piece: "z=32", reason: "range", count: 31 }],
  ["t=x", { piece: "t=x", reason: "range", count: 48 }],
  ["xy=1", { piece: "xy=1", reason: "value" }],
  ["xy=,5", { piece: "xy=,5", reason: "value" }],
  ["xy=1,9999", { piece: "xy=1,9999", reason: "value" }],
  ["zm=-1", { piece: "zm=-1", reason: "value" }],
  ["m=x", { piece: "m=x", reason: "value" }],
  ["p=max:4-99", { piece: "p=max:4-99", reason: "value" }],
  ["rot=45", { piece: "rot=45", reason: "value" }],
  ["tab=shapes", { piece: "tab=shapes", reason: "value" }],
  ["nav=2", { piece: "nav=2", reason: "value" }],
  ["foo=1", { piece: "foo=1", reason: "unknown" }],
  ["c=9:1-5", { piece: "c=9:1-5", reason: "channel", count: 3 }],
])("%s is reported and the rest is kept", (query, problem) => {
  const { view, problems } = parseView(`${query}&bar=0`, base, bounds);

  expect(problems).toEqual([problem]);
  expect(view).toEqual({ ...base, scaleBar: false });
});

test("a place without a zoom is shown at full size, a zoom without a place in the middle", () => {
  expect(parseView("xy=10,20", base, bounds).view.camera).toEqual({ x: 10, y: 20, zoom: 1 });
  expect(parseView("zm=2", base, bounds).view.camera).toEqual({ x: 2500, y: 2000, zoom: 2 });
});

test("any view reads back as the same picture", () => {
  const random = seeded(11);
  const chance = (share: number) => random() < share;
  for (let round = 0; round < 500; round += 1) {
    const view: View = {
      z: Math.floor(random() * 31),
      t: Math.floor(random() * 48),
      camera: chance(0.2)
        ? null
        : { x: random() * 5000, y: random() * 4000, zoom: 2 ** (random() * 12 - 6) },
      channels: base.channels.map((channel) =>
        chance(0.5)
          ? channel
          : { ...channel, active: chance(0.5), start: 3, end: 2000 * random() + 3 },
      ),
      model: chance(0.5) ? "c" : "g",
      tab: chance(0.5) ? "channels" : chance(0.5) ? "rois" : "info",
      navigator: chance(0.5),
      scaleBar: chance(0.5),
      rois: chance(0.5),
      projection: ["", "max", "mean:2-9", "tsum:1-48"][Math.floor(random() * 4)] ?? "",
      rotation: ([0, 90, 180, 270] as const)[Math.floor(random() * 4)] ?? 0,
      flipped: chance(0.5),
      split: chance(0.5),
    };

    const query = formatView(view, base);
    const again = parseView(query, base, bounds);

    expect(again.problems, query).toEqual([]);
    expect({ ...again.view, camera: null }, query).toEqual({ ...view, camera: null });
    expect(formatView(again.view, base)).toBe(query);
    const [before, after] = [view.camera, again.view.camera];
    expect(after === null).toBe(before === null);
    if (!before || !after) continue;
    expect(Math.abs(after.x - before.x) * before.zoom, query).toBeLessThan(0.51);
    expect(Math.abs(after.zoom / before.zoom - 1), query).toBeLessThan(6e-4);
  }
});
