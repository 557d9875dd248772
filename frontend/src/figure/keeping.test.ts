import { expect, test } from "vitest";
import { figureIn, xmlOf } from "./keeping";
import { emptyFigure } from "./model";

test("a figure's name may have markup, and comes back as it was", () => {
  const figure = emptyFigure("<b>A & B</b> ]]> \u{1F52C}");

  expect(figureIn(xmlOf(figure))).toEqual(figure);
});

test("XML that is no figure is none", () => {
  expect(figureIn("<other/>")).toBeNull();
});
