/** The queue of this page, and what it asks the server and the browser. */

import { useSyncExternalStore } from "react";
import { queryClient } from "../api/client";
import { ApiError } from "../api/errors";
import { gql } from "../api/gql";
import { forgetLists } from "../browse/imageLists";
import { renewTree } from "../browse/treeStore";
import { runCommand } from "../commands/registry";
import { sleep } from "./backoff";
import { importUploads, knownFiles } from "./documents";
import { hashFile } from "./hasher";
import { browserMemory } from "./memory";
import type { KnownFile } from "./model";
import type { Ports } from "./ports";
import { UploadQueue } from "./queue";
import { markLeftUploads, useImporting } from "./state";
import { tus } from "./tus";
import { w } from "./words";

const PROGRESS_MS = 100;

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

const importBatch: Ports["importBatch"] = async (batch, { dataset, project }, signal) => {
  try {
    const answer = await gql(importUploads, { batch, dataset, project }, { signal });
    const { images, problems } = answer.importUploads;
    return { images: images.filter((image) => image !== null), problems };
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
