// @vitest-environment node
import { expect, test } from "vitest";
import { pyramid } from "../testing";
import { ServerSource } from "./serverSource";
import { TileError } from "./source";

const bitmap = { width: 512, height: 300, close: () => undefined } as unknown as ImageBitmap;
const template = "/tiles/42/{level}/{z}/{t}/{x}/{y}.{format}?v=9f";
const address = { level: 1, x: 2, y: 3 };
const variant = { z: 4, t: 5, style: "c=1:10-200&m=g" };

function source(answer: Response | Error) {
  const asked: string[] = [];
  const made = new ServerSource({
    levels: pyramid(4096, 4096),
    template,
    fetch: async (input) => {
      asked.push(String(input));
      if (answer instanceof Error) throw answer;
      return answer;
    },
    decode: async () => bitmap,
  });
  return { made, asked };
}

async function failureOf(answer: Response | Error): Promise<TileError> {
  const { signal } = new AbortController();
  const failure: unknown = await source(answer)
    .made.load(address, variant, signal)
    .then(
      () => null,
      (error: unknown) => error,
    );
  if (!(failure instanceof TileError)) throw new Error(`not a TileError: ${String(failure)}`);
  return failure;
}

test("a tile's address follows the server's template and carries the rendering", async () => {
  const { made, asked } = source(new Response("x"));
  const tile = await made.load(address, variant, new AbortController().signal);

  expect(asked).toEqual(["/tiles/42/1/4/5/2/3.jpg?v=9f&c=1:10-200&m=g"]);
  expect(tile.bytes).toBe(512 * 300 * 4);
});

test("the server's own rendering needs nothing beyond the template", () => {
  const { made } = source(new Response("x"));

  expect(made.url(address, { ...variant, style: "" })).toBe("/tiles/42/1/4/5/2/3.jpg?v=9f");
});

test("a variant that must be exact comes as PNG and shares nothing with JPEG", () => {
  const { made } = source(new Response("x"));
  const exact = { ...variant, style: "", lossless: true };

  expect(made.url(address, exact)).toBe("/tiles/42/1/4/5/2/3.png?v=9f");
  expect(made.variantKey(exact)).not.toBe(made.variantKey({ ...exact, lossless: false }));
});

test("variants share their data only when plane and rendering are equal", () => {
  const { made } = source(new Response("x"));

  expect(made.variantKey(variant)).toBe(made.variantKey({ ...variant }));
  expect(made.variantKey(variant)).not.toBe(made.variantKey({ ...variant, z: 5 }));
});

test("a refusal carries the server's words and is not retried", async () => {
  const body = {
    error: { code: "unreadable_file", message: "Strip 12 is cut.", remedy: "Restore." },
  };

  const failure = await failureOf(Response.json(body, { status: 422 }));

  expect(failure).toMatchObject({
    code: "unreadable_file",
    message: "Strip 12 is cut.",
    remedy: "Restore.",
    transient: false,
  });
});

test.each([500, 503, 429])("status %i may pass", async (status) => {
  expect((await failureOf(new Response("", { status }))).transient).toBe(true);
});

test("a server that does not answer may come back", async () => {
  const failure = await failureOf(new TypeError("Failed to fetch"));

  expect(failure).toMatchObject({ code: "unreachable", transient: true });
});
