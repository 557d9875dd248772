// @vitest-environment node
import { expect, test } from "vitest";
import { seeded } from "../testing";
import {
  clamped,
  fitted,
  fitZoom,
  panned,
  sameView,
  toImage,
  toScreen,
  visibleRect,
  zoomedTo,
  zoomLimits,
} from "./camera";

const scene = { image: { width: 4000, height: 2000 }, viewport: { width: 1000, height: 800 } };

test("a fitted image touches the viewport on its longer side and is centred", () => {
  const camera = fitted(scene);

  expect(camera).toEqual({ x: 2000, y: 1000, zoom: 0.25 });
  expect(visibleRect(camera, scene.viewport)).toEqual({ x: 0, y: -600, width: 4000, height: 3200 });
});

test("a viewport without size still gives a usable zoom", () => {
  const zoom = fitZoom({ ...scene, viewport: { width: 0, height: 0 } });

  expect(zoom).toBe(1);
});

test("image and screen points convert into each other at any camera", () => {
  const random = seeded(1);
  for (let round = 0; round < 200; round += 1) {
    const camera = { x: random() * 4000, y: random() * 2000, zoom: 2 ** (random() * 10 - 5) };
    const point = { x: random() * 1000, y: random() * 800 };

    const back = toScreen(camera, scene.viewport, toImage(camera, scene.viewport, point));

    expect(back.x).toBeCloseTo(point.x, 6);
    expect(back.y).toBeCloseTo(point.y, 6);
  }
});

test("zooming keeps the image point under the cursor where it is", () => {
  const random = seeded(2);
  for (let round = 0; round < 200; round += 1) {
    const camera = { x: 1500 + random() * 1000, y: 800 + random() * 400, zoom: 1 };
    const anchor = { x: random() * 1000, y: random() * 800 };
    const held = toImage(camera, scene.viewport, anchor);

    const next = zoomedTo(camera, scene, 1 + random() * 20, anchor);

    const now = toScreen(next, scene.viewport, held);
    expect(now.x).toBeCloseTo(anchor.x, 6);
    expect(now.y).toBeCloseTo(anchor.y, 6);
  }
});

test("panning moves the picture with the hand, by screen pixels", () => {
  const camera = panned({ x: 2000, y: 1000, zoom: 0.5 }, scene, 100, -50);

  expect(camera).toEqual({ x: 1800, y: 1100, zoom: 0.5 });
});

test("the centre never leaves the image and the zoom never its limits", () => {
  const camera = clamped({ x: -10, y: 9999, zoom: 1e9 }, scene);

  expect(camera).toEqual({ x: 0, y: 2000, zoom: zoomLimits(scene).max });
});

test("a tiny image may be fitted beyond the usual largest zoom", () => {
  const tiny = { image: { width: 4, height: 4 }, viewport: { width: 800, height: 800 } };

  expect(clamped(fitted(tiny), tiny).zoom).toBe(200);
});

test("views are the same when they differ by less than can be seen", () => {
  const camera = { x: 10, y: 10, zoom: 2 };

  expect(sameView(camera, { x: 10.01, y: 10, zoom: 2.0001 })).toBe(true);
  expect(sameView(camera, { x: 11, y: 10, zoom: 2 })).toBe(false);
  expect(sameView(camera, { x: 10, y: 10, zoom: 2.1 })).toBe(false);
});
