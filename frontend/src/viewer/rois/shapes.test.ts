import { expect, test } from "vitest";
import { seeded } from "../testing";
import { Brush } from "./brush";
import { csvOf } from "../../ui/csv";
import { pulled, shifted, simplified, spanned, withoutVertex, withVertex } from "./editing";
import { boxOf, distanceTo, type Kind, lengthOf, type Shape } from "./shape";
import { ShapeIndex } from "./shapeIndex";

function shape(kind: Kind, numbers: readonly number[], more: Partial<Shape> = {}): Shape {
  return {
    key: 1,
    id: null,
    roi: null,
    roiName: "",
    version: 0,
    kind,
    numbers,
    transform: null,
    z: null,
    t: null,
    c: null,
    text: "",
    stroke: "#FFD166FF",
    fill: null,
    arrows: [false, false],
    bits: null,
    mayEdit: true,
    mayDelete: true,
    ...more,
  };
}

test("the index finds just the shapes that touch an area", () => {
  const random = seeded(5);
  const index = new ShapeIndex();
  const all = Array.from({ length: 2000 }, () => {
    const side = 2 ** (random() * 12 - 2);
    return shape("RECTANGLE", [
      random() * 9000 - 500,
      random() * 9000 - 500,
      side,
      side * random(),
    ]);
  });
  for (const each of all) index.add(each);
  for (const each of all.slice(0, 500)) index.remove(each);
  for (let round = 0; round < 50; round += 1) {
    const area = {
      x: random() * 9e3,
      y: random() * 9e3,
      width: random() * 3e3,
      height: random() * 3e3,
    };
    const found = new Set<Shape>();
    index.visit(area, (each) => found.add(each));
    const wanted = all.slice(500).filter((each) => {
      const box = boxOf(each);
      return (
        box.x <= area.x + area.width &&
        box.y <= area.y + area.height &&
        box.x + box.width >= area.x &&
        box.y + box.height >= area.y
      );
    });

    expect(found).toEqual(new Set(wanted));
  }
  expect(index.size).toBe(1500);
});

test("a line is hit near it, something closed anywhere inside", () => {
  const ring = shape("ELLIPSE", [50, 50, 20, 10]);
  const line = shape("LINE", [0, 0, 10, 0]);

  expect(distanceTo(ring, { x: 50, y: 50 }, 3)).toBe(3);
  expect(distanceTo(ring, { x: 70, y: 50 }, 3)).toBeLessThan(0.2);
  expect(distanceTo(ring, { x: 90, y: 50 }, 3)).toBeCloseTo(20, 0);
  expect(distanceTo(line, { x: 5, y: 4 }, 3)).toBe(4);
});

test("a transform counts for place and length", () => {
  const moved = shape("LINE", [0, 0, 3, 4], { transform: [2, 0, 0, 2, 10, 20] });

  expect(boxOf(moved)).toEqual({ x: 10, y: 20, width: 6, height: 8 });
  expect(lengthOf(moved)).toBe(10);
  expect(boxOf(shifted(moved, 1, -1))).toEqual({ x: 11, y: 19, width: 6, height: 8 });
});

test("a corner is pulled over the other side, and stays square with Shift", () => {
  const box = shape("RECTANGLE", [10, 10, 20, 10]);

  expect(pulled(box, 4, { x: 5, y: 40 }, false).numbers).toEqual([5, 10, 5, 30]);
  expect(pulled(box, 4, { x: 40, y: 15 }, true).numbers).toEqual([10, 10, 30, 30]);
  expect(pulled(box, 3, { x: 50, y: 99 }, false).numbers).toEqual([10, 10, 40, 10]);
  expect(pulled(shape("POLYGON", [0, 0, 4, 0, 4, 4]), 1, { x: 9, y: 9 }, false).numbers).toEqual([
    0, 0, 9, 9, 4, 4,
  ]);
});

test("a box is drawn in any direction, or from its centre", () => {
  const blank = shape("ELLIPSE", [0, 0, 0, 0]);
  const from = { x: 10, y: 10 };
  const plain = { even: false, centred: false };

  expect(spanned(blank, from, { x: 0, y: 4 }, plain).numbers).toEqual([5, 7, 5, 3]);
  expect(spanned(blank, from, { x: 14, y: 12 }, { even: true, centred: true }).numbers).toEqual([
    10, 10, 4, 4,
  ]);
});

test("vertices are set on the nearest piece and taken until too few are left", () => {
  const square = shape("POLYGON", [0, 0, 10, 0, 10, 10, 0, 10]);
  const more = withVertex(square, { x: 0, y: 5 });

  expect(more?.numbers).toEqual([0, 0, 10, 0, 10, 10, 0, 10, 0, 5]);
  expect(withoutVertex(square, 1)?.numbers).toEqual([0, 0, 10, 10, 0, 10]);
  expect(withoutVertex(shape("POLYGON", [0, 0, 1, 0, 1, 1]), 0)).toBeNull();
});

test("a line drawn by hand loses only points that do not show", () => {
  const points = Array.from({ length: 101 }, (_, at) => [at, at < 50 ? 0 : at - 50]).flat();

  expect(simplified(points, 0.5)).toEqual([0, 0, 50, 0, 100, 50]);
});

test("the brush paints the pixels whose centres are inside, cut at the edge of the image", () => {
  const brush = new Brush(100, 100, 2);
  brush.stroke({ x: 1, y: 50 }, { x: 1, y: 50 });
  const mask = brush.shapeFrom(shape("MASK", []));
  const bits = [...(mask.bits ?? [])].map((each) => each.toString(2).padStart(8, "0")).join("");

  expect(mask.numbers).toEqual([0, 48, 3, 4]);
  expect(bits.slice(0, 12)).toBe("110111111110");
});

test("a table has no cell that a spreadsheet program would run", () => {
  const cells = ["=1+1", "+A1", "-2", "@x", "\t=1", " =1", 'a "b", c', "plain", "line\nbreak"];

  expect(csvOf(["A"], [...cells.map((cell) => [cell]), [-2.5], [null], [Number.NaN]])).toBe(
    [
      "A",
      "'=1+1",
      "'+A1",
      "'-2",
      "'@x",
      "'\t=1",
      "' =1",
      '"a ""b"", c"',
      "plain",
      '"line\nbreak"',
      "-2.5",
      "",
      "",
      "",
    ].join("\r\n"),
  );
});
