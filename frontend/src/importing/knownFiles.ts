/** Files are added up before anything is sent, and those that are here already stay behind. */

import { asApiError } from "../api/errors";
import type { Lanes } from "./backoff";
import { type Batch, fileRecord, type KnownFile, type Memory, type QueuedFile } from "./model";

/** Sums that are asked for at once; also the bytes after which one does not wait for more. */
const GROUP = 50;
const GROUP_BYTES = 256 << 20;

interface Looking {
  readonly signal: AbortSignal;
  readonly lane: Lanes;
  readonly memory: Memory;
  hash(file: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<string>;
  known(sums: readonly string[], signal: AbortSignal): Promise<Map<string, KnownFile>>;
  changed(): void;
  /** The file has to be sent. */
  ready(file: QueuedFile): Promise<void>;
}

/** Take the files of a batch through this; it ends when all that have to be sent are. */
export async function lookForKnown(batch: Batch, looking: Looking): Promise<void> {
  const { signal, lane } = looking;
  const sending: Promise<void>[] = [];
  const doubtful: QueuedFile[] = [];
  let group: QueuedFile[] = [];
  const ask = async (): Promise<void> => {
    const files = group;
    group = [];
    for (const file of await unknown(batch, files, doubtful, looking)) {
      sending.push(looking.ready(file));
    }
  };
  for (const file of batch.files) {
    if (signal.aborted) break;
    if (file.state !== "waiting") continue;
    await lane.run(() => addUp(batch, file, looking));
    if ((file.state as string) === "problem") continue;
    group.push(file);
    const bytes = group.reduce((sum, { size }) => sum + size, 0);
    if (group.length >= GROUP || bytes >= GROUP_BYTES) await ask();
  }
  if (!signal.aborted) await ask();
  if (!signal.aborted) settle(batch, doubtful, (file) => sending.push(looking.ready(file)));
  await looking.memory.keep(null, batch.files.filter(({ known }) => known).map(fileRecord));
  await Promise.all(sending);
}

async function addUp(batch: Batch, file: QueuedFile, looking: Looking): Promise<void> {
  const { signal, changed } = looking;
  if (file.sha256 !== null || file.source === null || batch.isUnhashed || signal.aborted) return;
  const before = file.done;
  file.state = "hashing";
  try {
    const progress = (bytes: number): void => {
      file.done = bytes;
      changed();
    };
    file.sha256 = await looking.hash(file.source, progress, signal);
    file.state = "waiting";
  } catch (error) {
    if (signal.aborted) return;
    const problem = asApiError(error);
    if (problem.code === "no_worker") Object.assign(batch, { isUnhashed: true });
    else file.problem = problem;
    file.state = problem.code === "no_worker" ? "waiting" : "problem";
  }
  file.done = before;
  changed();
}

/** Those of a group that have to be sent. What needs other files is left for later. */
async function unknown(
  batch: Batch,
  files: readonly QueuedFile[],
  doubtful: QueuedFile[],
  { known, signal }: Looking,
): Promise<QueuedFile[]> {
  const asked = files.filter(({ anyway, sha256, url }) => !anyway && sha256 && url === null);
  if (asked.length === 0 || batch.isUnhashed) return [...files];
  let found = new Map<string, KnownFile>();
  try {
    found = await known(
      asked.map(({ sha256 }) => sha256 as string),
      signal,
    );
  } catch (error) {
    // Without the answer everything is sent: that costs time only.
    if (signal.aborted) throw error;
  }
  return files.filter((file) => {
    const here = file.anyway ? undefined : found.get(file.sha256 ?? "");
    if (here === undefined || file.url !== null) return true;
    file.known = here;
    if (here.isAlone) file.state = "known";
    else doubtful.push(file);
    return false;
  });
}

/** Files of a set are left out only with the whole set, as new images may need them. */
function settle(
  batch: Batch,
  doubtful: readonly QueuedFile[],
  send: (file: QueuedFile) => void,
): void {
  const isWhole = batch.files.every(({ state, known }) => state === "known" || known !== null);
  for (const file of doubtful) {
    if (isWhole) file.state = "known";
    else {
      file.known = null;
      send(file);
    }
  }
}
