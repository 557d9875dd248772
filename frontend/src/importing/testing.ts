/** A server, a network and a browser's memory for tests of the queue. */

import { expect, vi } from "vitest";
import { ApiError } from "../api/errors";
import type { BatchRecord, FileRecord, Memory } from "./model";
import type { Picked } from "./picking";
import type { Ports } from "./ports";
import { UploadQueue } from "./queue";
import type { Transport } from "./tus";

export const offline = (): ApiError => new ApiError("offline", "The server does not answer.");
export const nowhere = { dataset: null, project: null };

/** A server that keeps what it is sent, and whose network fails when it is told to. */
export class Server implements Transport {
  readonly sizes = new Map<string, number>();
  readonly came = new Map<string, number>();
  readonly imported: string[] = [];
  failures: ApiError[] = [];
  puts: [string, number][] = [];
  /** Bytes that arrive of a piece before the network fails. */
  cutAt = 0;

  async begin({ path, size }: { path: string; size: number }): Promise<string> {
    const url = `/uploads/${path}`;
    this.sizes.set(url, size);
    this.came.set(url, 0);
    return url;
  }

  async offset(url: string): Promise<number> {
    const here = this.came.get(url);
    if (here === undefined) throw new ApiError("not_found", "No such upload.");
    return here;
  }

  async put(url: string, offset: number, piece: Blob): Promise<number> {
    this.puts.push([url, offset]);
    const failure = this.failures.shift();
    if (failure !== undefined) {
      this.came.set(url, offset + this.cutAt);
      throw failure;
    }
    if (!this.came.has(url)) throw new ApiError("not_found", "No such upload.");
    this.came.set(url, offset + piece.size);
    return offset + piece.size;
  }

  async giveUp(url: string): Promise<void> {
    this.came.delete(url);
  }
}

export class Remembering implements Memory {
  readonly batches = new Map<string, BatchRecord>();
  readonly files = new Map<string, FileRecord>();

  async load() {
    return { batches: [...this.batches.values()], files: [...this.files.values()] };
  }

  async keep(batch: BatchRecord | null, files: readonly FileRecord[]): Promise<void> {
    if (batch !== null) this.batches.set(batch.id, { ...batch });
    for (const file of files) this.files.set(file.key, { ...file });
  }

  async forget(batch: string, files: readonly string[]): Promise<void> {
    this.batches.delete(batch);
    for (const key of files) this.files.delete(key);
  }
}

export function world(over: Partial<Ports> = {}) {
  const server = new Server();
  const memory = new Remembering();
  const waits: number[] = [];
  let last = 0;
  const ports: Ports = {
    transport: server,
    memory,
    hash: async (file) => `sum of ${await file.text()}`,
    known: async () => new Map(),
    importBatch: async (name) => {
      server.imported.push(name);
      return { images: [{ id: "Image:1", name: "one" }], problems: [] };
    },
    sleep: async (ms) => void waits.push(ms),
    newName: () => `batch ${String((last += 1))}`,
    title: (folder) => folder,
    arrived: () => undefined,
    ...over,
  };
  return { server, memory, waits, ports, queue: new UploadQueue(ports) };
}

export function picked(path: string, text = path): Picked {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { path, file: new File([text], name, { lastModified: 5 }) };
}

export async function comes(queue: UploadQueue, state: string): Promise<void> {
  await vi.waitFor(() => expect(queue.batches[0]?.state).toBe(state));
}
