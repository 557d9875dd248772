import { afterEach, describe, expect, test, vi } from "vitest";
import { ApiError } from "../api/errors";
import { delayMs, passes } from "./backoff";
import type { KnownFile } from "./model";
import { UploadQueue } from "./queue";
import { comes, nowhere, offline, picked, world } from "./testing";
import { metadata } from "./tus";

afterEach(() => vi.restoreAllMocks());

test("files are sent, imported together, and forgotten by the browser", async () => {
  const { queue, server, memory } = world();
  queue.add([picked("a.tif"), picked("b.tif")], nowhere);
  await comes(queue, "done");

  expect(server.imported).toEqual(["batch 1"]);
  expect(server.came.size).toBe(2);
  expect(memory.files.size + memory.batches.size).toBe(0);
});

test("each folder is a batch of its own", () => {
  const { queue } = world();
  queue.add([picked("one/a.tif"), picked("two/b.tif"), picked("one/deep/c.tif")], nowhere);

  expect(queue.batches.map(({ title, files }) => [title, files.length])).toEqual([
    ["one", 2],
    ["two", 1],
  ]);
});

describe("a network that fails", () => {
  test("is waited for longer each time, and the file goes on where it was", async () => {
    const { queue, server, waits } = world();
    server.failures = [offline(), offline(), offline()];
    server.cutAt = 1;
    queue.add([picked("a.tif")], nowhere);
    await comes(queue, "done");

    expect(waits).toEqual([1000, 2000, 4000]);
    expect(server.puts.map(([, offset]) => offset)).toEqual([0, 1, 2, 3]);
  });

  test("is waited for at most half a minute at a time, for ever", () => {
    expect([1, 2, 3, 20].map(delayMs)).toEqual([1000, 2000, 4000, 30_000]);
    expect(passes(offline(), 1000)).toBe(true);
  });

  test("while images are read does not import twice", async () => {
    let asked = 0;
    const { queue } = world({
      importBatch: async () => {
        asked += 1;
        throw asked === 1 ? offline() : new ApiError("not_found", "No such batch.");
      },
    });
    queue.add([picked("a.tif")], nowhere);
    await comes(queue, "done");

    expect(asked).toBe(2);
  });
});

test("a refusal is no matter of waiting: the file has a problem, the batch waits", async () => {
  const { queue, server, waits } = world();
  server.failures = [new ApiError("too_large", "Too large.", "Send less.")];
  queue.add([picked("a.tif"), picked("b.tif")], nowhere);
  await comes(queue, "held");

  expect(waits).toEqual([]);
  expect(server.imported).toEqual([]);
  expect(queue.batches[0]?.files.map(({ state }) => state)).toEqual(["problem", "sent"]);
});

test("without the files that have problems the others are imported", async () => {
  const { queue, server } = world();
  server.failures = [new ApiError("too_large", "Too large.")];
  queue.add([picked("a.tif"), picked("b.tif")], nowhere);
  await comes(queue, "held");
  const [batch] = queue.batches;
  if (batch !== undefined) await queue.leaveOut(batch);
  await comes(queue, "done");

  expect([...server.came.keys()]).toEqual(["/uploads/b.tif"]);
});

test("an upload that the server forgot begins anew", async () => {
  const { queue, server } = world();
  server.failures = [new ApiError("not_found", "No such upload.")];
  queue.add([picked("a.tif")], nowhere);
  await comes(queue, "done");

  expect(server.came.get("/uploads/a.tif")).toBe(5);
});

/** An upload that the last page left behind, two bytes of which have come. */
async function left() {
  const before = world({ sleep: () => new Promise(() => undefined) });
  before.server.failures = [offline()];
  before.server.cutAt = 2;
  before.queue.add([picked("a.tif")], nowhere);
  await vi.waitFor(() => expect(before.queue.batches[0]?.files[0]?.problem).not.toBeNull());
  const after = new UploadQueue({ ...before.ports, sleep: async () => undefined });
  await after.wake();
  await comes(after, "missing");
  return { server: before.server, after };
}

describe("after a reload", () => {
  test("a file goes on where it was when it is chosen again", async () => {
    const { server, after } = await left();
    const others = after.rejoin([picked("a.tif"), picked("new.tif")]);
    await comes(after, "done");

    expect(others.map(({ path }) => path)).toEqual(["new.tif"]);
    expect(server.puts.map(([, offset]) => offset)).toEqual([0, 2]);
  });

  test("another file of the same name is not taken for it", async () => {
    const { after } = await left();

    expect(after.rejoin([picked("a.tif", "other content")])).toHaveLength(1);
  });

  test("what had come wholly is imported without being chosen again", async () => {
    const before = world({ importBatch: () => new Promise(() => undefined) });
    before.queue.add([picked("a.tif")], nowhere);
    await comes(before.queue, "importing");
    const importBatch = vi.fn(async () => ({ images: [], problems: [] }));
    const after = new UploadQueue({ ...before.ports, importBatch });
    await after.wake();
    await comes(after, "done");

    expect(importBatch).toHaveBeenCalledOnce();
  });
});

const here = (isAlone: boolean): KnownFile => ({ image: { id: "Image:7", name: "a" }, isAlone });
const knowing = (...sums: [string, KnownFile][]) =>
  world({ known: async (asked) => new Map(sums.filter(([sum]) => asked.includes(sum))) });

describe("duplicates", () => {
  test("are found before anything is sent, and stay behind", async () => {
    const { queue, server } = knowing(["sum of a.tif", here(true)]);
    queue.add([picked("a.tif"), picked("b.tif")], nowhere);
    await comes(queue, "done");

    expect([...server.came.keys()]).toEqual(["/uploads/b.tif"]);
    expect(queue.batches[0]?.files[0]).toMatchObject({ state: "known", known: here(true) });
  });

  test("that images of several files need are sent with what is new", async () => {
    const { queue, server } = knowing(["sum of s/a.tif", here(false)]);
    queue.add([picked("s/a.tif"), picked("s/b.tif")], nowhere);
    await comes(queue, "done");

    expect(server.came.size).toBe(2);
  });

  test("are sent when a person wants that", async () => {
    const { queue, server } = knowing(["sum of a.tif", here(true)]);
    queue.add([picked("a.tif")], nowhere);
    await comes(queue, "done");
    const [batch] = queue.batches;
    const [file] = batch?.files ?? [];
    if (batch && file) queue.sendAnyway(batch, file);
    await vi.waitFor(() => expect(server.imported).toHaveLength(1));

    expect(server.came.size).toBe(1);
  });

  test("are not looked for where nothing can be added up", async () => {
    const { queue, server } = world({
      hash: async () => {
        throw new ApiError("no_worker", "No worker.");
      },
    });
    queue.add([picked("a.tif")], nowhere);
    await comes(queue, "done");

    expect(queue.batches[0]?.isUnhashed).toBe(true);
    expect(server.came.size).toBe(1);
  });
});

test("what the server is told of a file survives any letters", () => {
  const file = { path: "Zürich/ä.tif", size: 1, modified: 5, batch: "b", sha256: null };
  const [path] = metadata(file).split(",");
  const bytes = Uint8Array.from(atob(path?.split(" ")[1] ?? ""), (one) => one.charCodeAt(0));

  expect(new TextDecoder().decode(bytes)).toBe(file.path);
});
