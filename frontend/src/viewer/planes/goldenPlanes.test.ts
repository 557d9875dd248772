// @vitest-environment node
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseChannels } from "../state/channelText";
import type { View } from "../state/view";
import { viewRendering } from "../state/viewRendering";
import { baseView } from "../testing";
import { compose } from "./cpu";
import { bytesOf, type Plane, type SampleType, unshuffled } from "./samples";
import { Tables } from "./tables";

interface Golden {
  readonly size: number;
  readonly luts: Readonly<Record<string, string>>;
  readonly planes: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly name: string;
    readonly type: SampleType;
    readonly c: string;
    readonly m: "c" | "g";
    readonly picture: string;
  }[];
}

const path = new URL("../../../../tests/golden/planes.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const unpacked = (text: string): Uint8Array =>
  new Uint8Array(inflateSync(Buffer.from(text, "base64")));
const luts = new Map(Object.entries(golden.luts).map(([name, text]) => [name, unpacked(text)]));

/** The bytes as the server sends them: all first bytes, all second bytes … */
function shuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.length / width;
  return bytes.map((_, at) => bytes[(at % count) * width + Math.floor(at / count)] ?? 0);
}

function planesOf(type: SampleType): Plane[] {
  const bytes = unpacked(golden.planes[type] ?? "");
  const each = golden.size ** 2 * bytesOf(type);
  return [0, 1, 2].map((channel) => ({
    type,
    width: golden.size,
    height: golden.size,
    data: unshuffled(
      shuffled(bytes.subarray(channel * each, (channel + 1) * each), bytesOf(type)),
      type,
    ),
    companding: null,
  }));
}

function largestDifference(type: SampleType, c: string, m: View["model"], picture: Uint8Array) {
  const base = baseView(3);
  const { channels, problems } = parseChannels(
    c,
    base.channels.map((channel) => ({ ...channel, active: true })),
  );
  expect(problems).toEqual([]);
  const rendering = viewRendering({ ...base, channels, model: m });
  const planes = planesOf(type);
  const shown = rendering.channels.flatMap(({ index }) => planes[index] ?? []);
  // What stood in the memory before is of no matter.
  const pixels = new Int32Array(golden.size ** 2).fill(0x5a5a5a5a);
  compose(pixels, shown, rendering, new Tables(luts));
  if (shown.length === 0) return Math.max(...picture);
  let largest = 0;
  pixels.forEach((pixel, at) => {
    for (let part = 0; part < 3; part += 1) {
      const level = (pixel >>> (8 * part)) & 255;
      largest = Math.max(largest, Math.abs(level - (picture[3 * at + part] ?? 0)));
    }
  });
  return largest;
}

describe("the processor's pictures", () => {
  it.each(golden.cases.map((each) => [each.type, each.name, each] as const))(
    "are those of the server within one level: %s, %s",
    (type, _name, { c, m, picture }) => {
      expect(largestDifference(type, c, m, unpacked(picture))).toBeLessThanOrEqual(1);
    },
  );
});
