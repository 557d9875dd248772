/** What is on its way in: batches of files, and what the browser remembers of them. */

import type { ApiError } from "../api/errors";
import type { Picked } from "./picking";

export type FileState =
  /** Its turn has not come. */
  | "waiting"
  | "hashing"
  | "sending"
  /** All of it is on the server. */
  | "sent"
  /** It was on the server before; nothing is sent. */
  | "known"
  /** Something is wrong with it. */
  | "problem"
  /** The page was loaded anew: it has to be chosen again before it goes on. */
  | "missing";

/** Something that is here already. */
export interface KnownFile {
  /** An image in it, if it has one. */
  readonly image: { readonly id: string; readonly name: string } | null;
  /** Whether its images need no other file. */
  readonly isAlone: boolean;
}

/** As much of a file as survives a reload. */
export interface FileRecord {
  readonly key: string;
  readonly batch: string;
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  sha256: string | null;
  /** Where it is sent to; null before that is known. */
  url: string | null;
  state: FileState;
  known: KnownFile | null;
}

export interface QueuedFile extends FileRecord {
  source: File | null;
  /** Bytes that have come, or are added up. */
  done: number;
  problem: ApiError | null;
  /** Sent although it is here already. */
  anyway: boolean;
}

/** Where images go; names, made where missing. */
export interface Target {
  readonly dataset: string | null;
  readonly project: string | null;
}

export type BatchState =
  | "working"
  | "paused"
  /** Files have problems, and somebody has to say what becomes of them. */
  | "held"
  /** Files have to be chosen again. */
  | "missing"
  | "importing"
  | "done"
  /** Everything came, and the import failed. */
  | "failed";

/** As much of a batch as survives a reload. */
export interface BatchRecord {
  readonly id: string;
  readonly title: string;
  readonly target: Target;
  /** What the server calls it; another one when it is sent anew. */
  name: string;
  /** Whether the server was asked to import it. */
  isAsked: boolean;
}

export interface Batch extends BatchRecord {
  state: BatchState;
  readonly files: QueuedFile[];
  controller: AbortController;
  /** Why it waits or failed. */
  problem: ApiError | null;
  /** Files that became no images, each with the reason. */
  problems: readonly string[];
  images: readonly { readonly id: string; readonly name: string }[];
  /** Whether nothing could be added up, so that duplicates were not looked for. */
  isUnhashed: boolean;
}

/** What the browser keeps over a reload. */
export interface Memory {
  load(): Promise<{ batches: BatchRecord[]; files: FileRecord[] }>;
  keep(batch: BatchRecord | null, files: readonly FileRecord[]): Promise<void>;
  forget(batch: string, files: readonly string[]): Promise<void>;
}

/** What tells one file from another without reading it. */
export function fingerprint(file: { path: string; size: number; modified: number }): string {
  return `${file.path}\n${String(file.size)}\n${String(file.modified)}`;
}

/** Whether a batch can only go on without the file, or when somebody does something about it. */
export function isOut({ state }: FileRecord): boolean {
  return state === "problem" || state === "missing";
}

export function queuedFile(batch: string, { path, file }: Picked): QueuedFile {
  return {
    key: `${batch}\n${path}`,
    batch,
    path,
    size: file.size,
    modified: file.lastModified,
    sha256: null,
    url: null,
    state: "waiting",
    known: null,
    source: file,
    done: 0,
    problem: null,
    anyway: false,
  };
}

export function fileRecord(file: QueuedFile): FileRecord {
  const { key, batch, path, size, modified, sha256, url, state, known } = file;
  return { key, batch, path, size, modified, sha256, url, state, known };
}

export function newBatch(record: BatchRecord, files: QueuedFile[]): Batch {
  return {
    ...record,
    files,
    state: "working",
    controller: new AbortController(),
    problem: null,
    problems: [],
    images: [],
    isUnhashed: false,
  };
}

export function batchRecord({ id, title, target, name, isAsked }: BatchRecord): BatchRecord {
  return { id, title, target, name, isAsked };
}

/** A file as it goes on after a reload, which takes its bytes from the page. */
export function remembered(record: FileRecord): QueuedFile {
  const isThere = record.state === "sent" || record.state === "known";
  return {
    ...record,
    state: isThere ? record.state : "missing",
    source: null,
    done: isThere ? record.size : 0,
    problem: null,
    anyway: false,
  };
}
