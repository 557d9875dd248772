import { expect, test } from "vitest";
import { formatPlateView, INITIAL, parsePlateView, parseWells } from "./urlState";

const NOTHING = { active: null, selected: [], columns: 12 };

test("a plate as it comes has no query", () => {
  expect(formatPlateView(INITIAL, NOTHING)).toBe("");
  expect(parsePlateView("")).toEqual(INITIAL);
});

test("a view reads back as it was written", () => {
  const view = {
    run: "7",
    field: 2,
    by: "kv:dose [nM]",
    show: "values",
    common: true,
    size: 64,
  } as const;
  const text = formatPlateView(view, {
    active: { row: 1, column: 6 },
    selected: [18, 19],
    columns: 12,
  });

  expect(text).toBe(
    "run=7&field=3&by=kv:dose%20%5BnM%5D&show=values&windows=common&size=64&well=B7&wells=B7-B8",
  );
  expect(parsePlateView(text)).toEqual(view);
  expect(parseWells(text, 8, 12)).toEqual({ active: 18, selected: new Set([18, 19]) });
});

test("what makes no sense is left out", () => {
  const view = parsePlateView("run=x&field=0&by=colour&show=all&size=17");

  expect(view).toEqual(INITIAL);
  expect(parseWells("well=Z99", 8, 12).active).toBe(-1);
});

test("a measure shows beside the image unless said otherwise", () => {
  expect(parsePlateView("by=kv:dose").show).toBe("both");
});
