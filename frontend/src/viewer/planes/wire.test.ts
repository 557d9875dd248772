// @vitest-environment node
import { expect, test } from "vitest";
import { expanded, valueAt } from "./samples";
import { rawUrl, readPlanes } from "./wire";

const route = { template: "/raw/42/{level}/{z}/{t}/{x}/{y}", version: "9f", tileSize: 512 };
const place = { level: 1, z: 4, t: 5, x: 2, y: 3, projection: "" };
const nothing = async (): Promise<Uint8Array> => new Uint8Array();

function answer(bytes: readonly number[], headers: Record<string, string>): Response {
  return new Response(new Uint8Array(bytes), { headers });
}

test("the address names channels from 1, and a projection where there is one", () => {
  expect(rawUrl(route, place, [0, 2], "exact")).toBe(
    "/raw/42/1/4/5/2/3?c=1,3&size=512&e=shuffle&v=9f",
  );
  expect(
    rawUrl({ ...route, version: "" }, { ...place, projection: "max:4-18" }, [1], "preview"),
  ).toBe("/raw/42/1/4/5/2/3?c=2&size=512&e=preview&p=max:4-18");
});

test("shuffled planes are joined, one channel after another", async () => {
  const headers = { "x-dtype": "int16", "x-shape": "2,1,2" };
  // −2 and 258, then 1 and 2: low bytes, high bytes.
  const response = answer([0xfe, 0x02, 0xff, 0x01, 1, 2, 0, 0], headers);

  const planes = await readPlanes(response, 2, nothing);

  expect(planes.map(({ data }) => [...data])).toEqual([
    [-2, 258],
    [1, 2],
  ]);
  expect(planes[0]).toMatchObject({ type: "int16", width: 2, height: 1, companding: null });
});

test("previews say which grey levels their bytes stand for", async () => {
  const headers = {
    "x-dtype": "uint16",
    "x-shape": "2,1,3",
    "x-black": "100,0",
    "x-white": "1100,4",
  };
  const [first, second] = await readPlanes(answer([1], headers), 2, async () =>
    Uint8Array.from([0, 51, 255, 0, 255, 255]),
  );

  expect(first).toMatchObject({ type: "uint8", companding: { black: 100, white: 1100 } });
  expect(first && [0, 1, 2].map((x) => valueAt(first, x, 0))).toEqual([100, 140, 1100]);
  expect(second && valueAt(second, 1, 0)).toBe(4);
  expect(expanded(255, { black: -5, white: 5 })).toBe(5);
});

test.each([
  ["too few bytes", [1, 2, 3], { "x-dtype": "uint16", "x-shape": "1,2,2" }],
  ["an unknown type", [1], { "x-dtype": "complex64", "x-shape": "1,1,1" }],
  ["fewer channels than asked for", [1], { "x-dtype": "uint8", "x-shape": "2,1,1" }],
  ["no headers", [1], {}],
])("an answer with %s is refused", async (_what, bytes, headers) => {
  await expect(
    readPlanes(answer(bytes, headers as Record<string, string>), 1, nothing),
  ).rejects.toMatchObject({
    code: "not_planes",
    transient: true,
  });
});

test("a place outside a plane has no value", async () => {
  const [plane] = await readPlanes(
    answer([7, 8], { "x-dtype": "uint8", "x-shape": "1,1,2" }),
    1,
    nothing,
  );

  expect(plane && [valueAt(plane, 1, 0), valueAt(plane, 2, 0), valueAt(plane, 0, -1)]).toEqual([
    8,
    null,
    null,
  ]);
});
