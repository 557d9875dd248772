/** What the queue of uploads needs of the server and of the browser. */

import type { Arrived } from "./arriving";
import type { KnownFile, Memory, Target } from "./model";
import type { Transport } from "./tus";

/** What the queue needs of the world. */
export interface Ports {
  readonly transport: Transport;
  readonly memory: Memory;
  hash(file: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<string>;
  /** Files that are here already, by their sums. */
  known(sums: readonly string[], signal: AbortSignal): Promise<Map<string, KnownFile>>;
  importBatch(name: string, target: Target, signal: AbortSignal): Promise<Arrived>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A word that nobody else calls a batch. */
  newName(): string;
  title(folder: string, files: number): string;
  /** Images have come. */
  arrived(): void;
}
