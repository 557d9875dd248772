/** Sums of files, made by a worker. */

import { ApiError } from "../api/errors";
import { w } from "./words";

export type HashOrder = { kind: "add"; id: number; file: Blob } | { kind: "cancel"; id: number };
export type HashReport =
  | { kind: "progress"; id: number; bytes: number }
  | { kind: "sum"; id: number; sha256: string }
  | { kind: "unreadable"; id: number };

interface Waiting {
  progress(bytes: number): void;
  resolve(sha256: string): void;
  reject(error: unknown): void;
}

/** The file on the disk is no longer what was chosen. */
export const unreadable = (): ApiError =>
  new ApiError("unreadable_here", w("problem.unreadable"), w("remedy.unreadable"));

const waiting = new Map<number, Waiting>();
let worker: Worker | null = null;
let last = 0;

/**
 * The SHA-256 of a file.
 *
 * Throws an ApiError: `no_worker` where the browser starts none, `unreadable_here`.
 */
export function hashFile(
  file: Blob,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const id = (last += 1);
    const hired = hire();
    signal.addEventListener(
      "abort",
      () => {
        if (!waiting.delete(id)) return;
        hired.postMessage({ kind: "cancel", id } satisfies HashOrder, []);
        reject(signal.reason as Error);
      },
      { once: true },
    );
    waiting.set(id, { progress, resolve, reject });
    hired.postMessage({ kind: "add", id, file } satisfies HashOrder, []);
  });
}

function hire(): Worker {
  if (worker !== null) return worker;
  try {
    worker = new Worker(new URL("./hashWorker.ts", import.meta.url), { type: "module" });
  } catch {
    throw new ApiError("no_worker", w("batch.unhashed"));
  }
  worker.addEventListener("message", ({ data }: MessageEvent<HashReport>) => heard(data));
  worker.addEventListener("error", () => {
    worker = null;
    for (const each of waiting.values())
      each.reject(new ApiError("no_worker", w("batch.unhashed")));
    waiting.clear();
  });
  return worker;
}

function heard(report: HashReport): void {
  const asked = waiting.get(report.id);
  if (report.kind === "progress") {
    asked?.progress(report.bytes);
    return;
  }
  waiting.delete(report.id);
  if (report.kind === "sum") asked?.resolve(report.sha256);
  else asked?.reject(unreadable());
}
