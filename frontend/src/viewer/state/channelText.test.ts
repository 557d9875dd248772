// @vitest-environment node
import { expect, test } from "vitest";
import { baseView, seeded } from "../testing";
import { formatChannels, parseChannels } from "./channelText";
import type { ChannelView } from "./view";

const base = baseView(4).channels;

test("the grammar's example means what it says", () => {
  const { channels, problems } = parseChannels(
    "1:110-2200.4D8DFF,-2,3:120-4500.lut(magma).inv",
    base,
  );

  expect(problems).toEqual([]);
  expect(channels[0]).toMatchObject({ active: true, start: 110, end: 2200, color: "4D8DFFFF" });
  expect(channels[1]).toEqual({ ...base[1], active: false });
  expect(channels[2]).toMatchObject({ start: 120, end: 4500, lut: "magma", inverted: true });
  expect(channels[3]).toEqual(base[3]);
});

test.each([
  ["1:-5.5-20", { start: -5.5, end: 20 }],
  ["1:-20--5", { start: -20, end: -5 }],
  ["1:1e-3-2.5E2", { start: 0.001, end: 250 }],
  ["1:0-1.25", { start: 0, end: 1.25 }],
  ["1:0-2.123456", { start: 0, end: 2, color: "123456FF" }],
  ["1:0-2.1234560", { start: 0, end: 2.123456 }],
  ["1.11223344", { color: "11223344" }],
  ["1.fam(polynomial,2)", { family: { name: "polynomial", coefficient: 2 } }],
  ["1.noinv", { inverted: false }],
  ["1.lut(Red, hot)", { lut: "Red, hot" }],
])("%s is read", (text, expected) => {
  const { channels, problems } = parseChannels(text, base);

  expect(problems).toEqual([]);
  expect(channels[0]).toMatchObject(expected);
});

test.each([
  ["9:1-2", { piece: "c=9:1-2", reason: "channel", count: 4 }],
  ["0", { piece: "c=0", reason: "channel", count: 4 }],
  ["1:zz", { piece: "c=1:zz", reason: "grammar" }],
  ["1:9-3", { piece: "c=1:9-3", reason: "window" }],
  ["1.nonsense", { piece: "c=1.nonsense", reason: "option" }],
  ["1.fam(cubic)", { piece: "c=1.fam(cubic)", reason: "option" }],
  ["1:0-1e999", { piece: "c=1:0-1e999", reason: "option" }],
  ["<script>", { piece: "c=<script>", reason: "grammar" }],
])("%s is left out with a reason", (text, problem) => {
  const { channels, problems } = parseChannels(`${text},2:5-6`, base);

  expect(problems).toEqual([problem]);
  expect(channels[0]).toEqual(base[0]);
  expect(channels[1]).toMatchObject({ start: 5, end: 6 });
});

test("more channels than the server takes are left out", () => {
  const text = Array.from({ length: 513 }, () => "1").join(",");

  expect(parseChannels(text, base).problems).toEqual([
    { piece: "c=1…", reason: "many", count: 512 },
  ]);
});

test("only what differs is written", () => {
  const changed = base.map((channel, index) => (index === 1 ? { ...channel, end: 99 } : channel));

  expect(formatChannels(base, base)).toBe("");
  expect(formatChannels(changed, base)).toBe("2:0-99");
});

test("taking away a lookup table is written as the colour that replaces it", () => {
  const own = base.map((channel) => ({ ...channel, lut: "magma" }));

  expect(formatChannels(base, own).split(",")[0]).toBe("1.0000FF");
  expect(parseChannels(formatChannels(base, own), own).channels).toEqual(base);
});

test("whatever is written reads back the same, exactly", () => {
  const random = seeded(7);
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T;
  const value = () =>
    pick(
      Math.floor(random() * 70000) - 2000,
      (random() - 0.5) * 10 ** (random() * 24 - 12),
      Number((random() * 100).toFixed(6)),
      0,
    );
  const channel = (): ChannelView => {
    const [start = 0, end = 0] = [value(), value()].toSorted((a, b) => a - b);
    const hex = Math.floor(random() * 2 ** 24)
      .toString(16)
      .padStart(6, "0")
      .toUpperCase();
    return {
      active: random() < 0.5,
      start,
      end,
      color: hex + pick("FF", "80", "00"),
      lut: pick(null, null, "magma", "Red Hot", "a,b"),
      inverted: random() < 0.3,
      family: pick(null, null, { name: "polynomial", coefficient: 2.5 }),
    };
  };
  for (let round = 0; round < 500; round += 1) {
    const own = Array.from({ length: 1 + Math.floor(random() * 6) }, channel);
    const now = own.map((old) =>
      random() < 0.3
        ? old
        : {
            ...channel(),
            family: old.family ?? pick(null, { name: "exponential", coefficient: 1 }),
          },
    );

    const text = formatChannels(now, own);
    const { channels, problems } = parseChannels(text, own);

    expect(problems, text).toEqual([]);
    expect(channels, text).toEqual(now);
  }
});
