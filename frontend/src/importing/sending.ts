/** One file is sent, whatever the network does meanwhile. */

import { type ApiError, asApiError } from "../api/errors";
import { delayMs, passes } from "./backoff";
import { unreadable } from "./hasher";
import type { QueuedFile } from "./model";
import type { Transport } from "./tus";

/** Bytes that are sent in one request. */
export const PIECE = 16 << 20;
/** How often a file may arrive damaged, or its upload be gone, before that is a problem. */
const AGAIN_MOST = 3;

export interface Sending {
  readonly transport: Transport;
  readonly batch: string;
  readonly signal: AbortSignal;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** The file's record changed and must survive a reload. */
  keep(file: QueuedFile): Promise<void>;
  changed(): void;
}

/** Send a file, from where it was on; it is `sent` then, or this throws. */
export async function sendFile(file: QueuedFile, source: Blob, with_: Sending): Promise<void> {
  let isSure = file.url === null;
  let failures = 0;
  let again = 0;
  for (;;) {
    try {
      if (file.url === null) await begin(file, with_);
      else if (!isSure) await find(file, file.url, with_);
      isSure = true;
      while (file.done < file.size) {
        await piece(file, source, with_);
        failures = 0;
      }
      return;
    } catch (error) {
      if (with_.signal.aborted) throw error;
      const problem = asApiError(error);
      if (problem.code === "offline" && !(await isReadable(source, file.done))) throw unreadable();
      isSure = false;
      if (problem.code === "not_found" && file.url !== null && again < AGAIN_MOST) {
        // The server has forgotten it: its time was over, or somebody gave it up.
        again += 1;
        file.url = null;
        file.done = 0;
      } else if (problem.code === "checksum" && again < AGAIN_MOST) again += 1;
      else await pause(file, problem, (failures += 1), with_);
    }
  }
}

/** A file that was changed or moved looks like a network that is gone. */
async function isReadable(source: Blob, from: number): Promise<boolean> {
  try {
    await source.slice(from, from + 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function begin(file: QueuedFile, { transport, batch, signal, keep }: Sending): Promise<void> {
  const { path, size, modified, sha256 } = file;
  file.done = 0;
  file.url = await transport.begin({ path, size, modified, batch, sha256 }, signal);
  await keep(file);
}

/** Ask where the file is, as the last answer may be lost. */
async function find(file: QueuedFile, url: string, with_: Sending): Promise<void> {
  const { transport, signal } = with_;
  file.done = await transport.offset(url, signal);
  // All had come, and the server may have stopped before it wrote that down.
  if (file.done === file.size && file.size > 0) {
    await transport.put(url, file.done, new Blob([]), () => undefined, signal);
  }
  with_.changed();
}

async function piece(file: QueuedFile, source: Blob, with_: Sending): Promise<void> {
  const start = file.done;
  const { transport, signal, changed } = with_;
  const progress = (bytes: number): void => {
    file.done = Math.min(file.size, start + bytes);
    changed();
  };
  const slice = source.slice(start, start + PIECE);
  file.done = await transport.put(file.url as string, start, slice, progress, signal);
  file.problem = null;
  changed();
}

async function pause(
  file: QueuedFile,
  problem: ApiError,
  failures: number,
  { sleep, signal, changed }: Sending,
): Promise<void> {
  if (!passes(problem, failures)) throw problem;
  file.problem = problem;
  changed();
  await sleep(delayMs(failures), signal);
  file.problem = null;
}
