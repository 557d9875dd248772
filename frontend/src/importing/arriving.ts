/** What came becomes images. */

import { ApiError, asApiError } from "../api/errors";
import { delayMs, passes } from "./backoff";
import type { Batch, QueuedFile, Target } from "./model";

export interface Arrived {
  readonly images: Batch["images"];
  /** Files that became no images, each with the reason, as `path: reason`. */
  readonly problems: readonly string[];
}

interface Asking {
  readonly signal: AbortSignal;
  importBatch(name: string, target: Target, signal: AbortSignal): Promise<Arrived>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  changed(): void;
}

/** Have a batch imported, all of which has come; `hadAsked` before, and heard no answer. */
export async function importBatch(batch: Batch, hadAsked: boolean, asking: Asking) {
  const { signal } = asking;
  for (let failures = 1; ; failures += 1) {
    try {
      return await asking.importBatch(batch.name, batch.target, signal);
    } catch (error) {
      const problem = asApiError(error);
      // It was imported when it was asked for first, and the answer was lost.
      const isDone = problem.code === "not_found" && (hadAsked || failures > 1);
      if (isDone) return { images: [], problems: [] };
      const isLost = problem.code === "conflict";
      if (signal.aborted || isLost || !passes(problem, failures)) throw error;
      batch.problem = problem;
      asking.changed();
      await asking.sleep(delayMs(failures), signal);
      batch.problem = null;
    }
  }
}

/** Say at a file why it became no image. */
export function blame(files: readonly QueuedFile[], problem: string): void {
  const file = files.find(({ path }) => problem.startsWith(`${path}: `));
  if (file === undefined) return;
  const reason = problem.slice(file.path.length + 2);
  Object.assign(file, { state: "problem", problem: new ApiError("not_imported", reason) });
}
