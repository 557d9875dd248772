import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(`${import.meta.dirname}/tokens.css`, "utf8");
const pairs = [...css.matchAll(/--(\w+):\s*light-dark\((#\w+),\s*(#\w+)\)/g)];
const themes = { light: 2, dark: 3 } as const;

function tokens(theme: keyof typeof themes): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => [pair[1], pair[themes[theme]]]));
}

/** WCAG 2 relative luminance of #rrggbb. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["bg0", "bg1", "bg2", "bg3", "sel"];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const colors = tokens(theme);
  const worst = (name: string): number =>
    Math.min(...GROUNDS.map((ground) => contrast(colors[name] ?? "", colors[ground] ?? "")));

  test.each(["fg0", "fg1", "fg2", "accent", "ok", "warn", "err"])("%s is readable text", (name) => {
    expect(worst(name)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["lineStrong", "focus"])("%s shows the edges of controls", (name) => {
    expect(worst(name)).toBeGreaterThanOrEqual(3);
  });

  test("white is readable on filled buttons", () => {
    expect(contrast("#ffffff", colors.fill ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  test("the image's surroundings have no colour of their own", () => {
    const canvas = colors.canvas ?? "";
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      Number.parseInt(canvas.slice(at, at + 2), 16),
    );

    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThanOrEqual(4);
  });
});
