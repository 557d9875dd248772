/** The queue of this page, and what it asks the server and the browser. */

import { useSyncExternalStore } from "react";
import { queryClient } from "../api/client";
import type { ImportOutcomeQuery } from "../api/generated/graphql";
import { ApiError } from "../api/errors";
import { gql } from "../api/gql";
import { forgetLists } from "../browse/imageLists";
import { renewTree } from "../browse/treeStore";
import { runCommand } from "../commands/registry";
import type { Arrived } from "./arriving";
import { sleep } from "./backoff";
import { importOutcome, importState, importUploads, knownFiles } from "./documents";
import { hashFile } from "./hasher";
import { browserMemory } from "./memory";
import type { KnownFile } from "./model";
import type { Ports } from "./ports";
import { UploadQueue } from "./queue";
import { markLeftUploads, useImporting } from "./state";
import { tus } from "./tus";
import { w } from "./words";

const PROGRESS_MS = 100;
const ASKS_MS = 500;

async function known(sums: readonly string[], signal: AbortSignal) {
  const answer = await gql(knownFiles, { hashes: [...sums] }, { signal });
  const found = new Map<string, KnownFile>();
  for (const { hash, file } of answer.knownFiles) {
    const [fileset] = file?.filesets.nodes ?? [];
    // A file whose images are gone is of no use to anybody: it is sent.
    const image = fileset?.images.nodes[0];
    if (fileset === undefined || image === undefined) continue;
    found.set(hash, { image, isAlone: fileset.originalFiles.totalCount === 1 });
  }
  return found;
}

/** Wait for an import, and tell what became of its files. */
async function importOf(id: string, signal: AbortSignal): Promise<Arrived> {
  for (;;) {
    const { node } = await gql(importState, { id }, { signal });
    if (node === null || !("status" in node)) return { images: [], problems: [] };
    if (node.status !== "SUBMITTED" && node.status !== "RUNNING") {
      const outcome = await outcomeOf(id, signal);
      const isEmpty = outcome.images.length === 0 && outcome.problems.length === 0;
      if (!isEmpty || node.status === "FINISHED") return outcome;
      throw new ApiError("not_imported", node.message ?? w("problem.lost"));
    }
    await sleep(ASKS_MS, signal);
  }
}

async function outcomeOf(id: string, signal: AbortSignal): Promise<Arrived> {
  const images: Arrived["images"][number][] = [];
  const problems: string[] = [];
  for (let after: string | null = null; ; ) {
    const answer: ImportOutcomeQuery = await gql(importOutcome, { id, after }, { signal });
    if (answer.node === null || !("items" in answer.node)) return { images, problems };
    const { nodes, pageInfo } = answer.node.items;
    for (const { path, state, message, fileset } of nodes) {
      images.push(...(fileset?.images.nodes ?? []));
      if (state === "FAILED" || state === "LEFT_OUT") problems.push(`${path}: ${message ?? ""}`);
    }
    if (!pageInfo.hasNextPage) return { images, problems };
    after = pageInfo.endCursor;
  }
}

const importBatch: Ports["importBatch"] = async (batch, { dataset, project }, signal) => {
  try {
    const answer = await gql(importUploads, { batch, dataset, project }, { signal });
    const { job } = answer.importUploads;
    return job === null ? { images: [], problems: [] } : await importOf(job.id, signal);
  } catch (error) {
    // Only an upload whose beginning the page never heard of can be incomplete now.
    if (!(error instanceof ApiError) || error.code !== "conflict") throw error;
    throw new ApiError("conflict", w("problem.lost"), w("remedy.lost"), error.request);
  }
};

function arrived(): void {
  forgetLists();
  renewTree();
  runCommand("browse.reload");
  void queryClient.invalidateQueries({ queryKey: ["jobs"] });
}

function newName(): string {
  // Plain http has no crypto.randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function made(person: string): UploadQueue {
  return new UploadQueue({
    transport: tus,
    memory: browserMemory(person),
    hash: hashFile,
    known,
    importBatch,
    sleep,
    newName,
    title: (folder, count) => (folder === "" ? w("batch.files", { count }) : `${folder}/`),
    arrived,
  });
}

let queue: UploadQueue | null = null;

/** The queue of the person who is signed in; it stays while one goes from screen to screen. */
export function uploadQueue(person: string): UploadQueue {
  if (queue !== null) return queue;
  const begun = made(person);
  queue = begun;
  begun.subscribe(() => {
    const left = begun.batches.filter(({ state }) => state !== "done");
    if (useImporting.getState().working !== left.length) {
      useImporting.setState({ working: left.length });
      markLeftUploads(left.length > 0);
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (begun.isBusy) event.preventDefault();
  });
  void begun.wake();
  return begun;
}

/** Draw again when the queue has changed, at most ten times a second. */
export function useQueue(person: string): UploadQueue {
  const shown = uploadQueue(person);
  useSyncExternalStore(calmly(shown), shown.snapshot);
  return shown;
}

const calm = new WeakMap<UploadQueue, (listener: () => void) => () => void>();

function calmly(shown: UploadQueue): (listener: () => void) => () => void {
  const found = calm.get(shown);
  if (found !== undefined) return found;
  const subscribe = (listener: () => void): (() => void) => {
    let timer = 0;
    const end = shown.subscribe(() => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        listener();
      }, PROGRESS_MS);
    });
    return () => {
      window.clearTimeout(timer);
      end();
    };
  };
  calm.set(shown, subscribe);
  return subscribe;
}
