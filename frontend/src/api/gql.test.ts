import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { graphql } from "./document";
import { ApiError } from "./errors";
import { gql, request, SIGNED_OUT } from "./gql";

const document = graphql<{ images: number }, { first: number }>("query Images { images }");

function answers(status: number, body: unknown): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  vi.stubGlobal("fetch", async () => new Response(status === 204 ? null : text, { status }));
}

async function failure(asking: Promise<unknown>): Promise<ApiError> {
  return asking.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error as ApiError,
  );
}

beforeEach(() => answers(200, { data: { images: 3 } }));
afterEach(() => vi.unstubAllGlobals());

test("an answer is its data", async () => {
  expect(await gql(document, { first: 1 })).toEqual({ images: 3 });
});

test("an error beside data is an error, with its code and remedy", async () => {
  answers(200, {
    data: { images: null },
    errors: [{ message: "No image 4.", extensions: { code: "not_found", remedy: "Look." } }],
  });

  expect(await failure(gql(document, { first: 1 }))).toMatchObject({
    code: "not_found",
    message: "No image 4.",
    remedy: "Look.",
  });
});

describe("an HTTP error", () => {
  test("has the words of its body", async () => {
    const error = { code: "window", message: "Start after end.", remedy: "Swap.", request: "r1" };
    answers(400, { error });

    expect(await failure(request("/tiles/1"))).toMatchObject(error);
  });

  test("without a body of ours has a code by its status", async () => {
    answers(503, "<html>");

    expect(await failure(request("/x"))).toMatchObject({ code: "busy" });
  });

  test("that says nobody is signed in tells the window", async () => {
    const heard = vi.fn();
    window.addEventListener(SIGNED_OUT, heard, { once: true });
    answers(401, { error: { code: "not_signed_in", message: "Sign in." } });
    await failure(gql(document, { first: 1 }));

    expect(heard).toHaveBeenCalledOnce();
  });
});

test("a server that cannot be reached is offline", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });

  expect(await failure(request("/x"))).toMatchObject({ code: "offline" });
});

test("an empty answer is null", async () => {
  answers(204, null);

  expect(await request("/session")).toBeNull();
});

test("a document knows its name and carries its fragments once", () => {
  const card = graphql("fragment Card on Image { id }");
  const whole = graphql("query One { image { ...Card } }", [card]);

  expect(whole.name).toBe("One");
  expect(whole.source.match(/fragment Card/g)).toHaveLength(1);
});
