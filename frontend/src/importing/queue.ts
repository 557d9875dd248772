/** Batches of files on their way in: added up, compared, sent, imported; over reloads and cuts. */

import { asApiError } from "../api/errors";
import { type Arrived, blame, importBatch } from "./arriving";
import { Lanes } from "./backoff";
import { lookForKnown } from "./knownFiles";
import {
  type Batch,
  batchRecord,
  fileRecord,
  fingerprint,
  isOut,
  newBatch,
  type QueuedFile,
  queuedFile,
  remembered,
  type Target,
} from "./model";
import { type Picked, together } from "./picking";
import type { Ports } from "./ports";
import { sendFile } from "./sending";

/** Files that are sent at once. */
const SENT_AT_ONCE = 3;
const WORKING = new Set(["working", "importing"]);

export class UploadQueue {
  batches: readonly Batch[] = [];
  readonly #ports: Ports;
  readonly #sending = new Lanes(SENT_AT_ONCE);
  readonly #adding = new Lanes(1);
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): number => this.#version;

  /** Whether bytes are in flight, so that leaving would cut them off. */
  get isBusy(): boolean {
    return this.batches.some(({ state }) => WORKING.has(state));
  }

  /** Remember what was on its way when the page was left; what needs no file goes on by itself. */
  async wake(): Promise<void> {
    const { batches, files } = await this.#ports.memory.load();
    const had = new Set(this.batches.map(({ id }) => id));
    for (const record of batches.filter(({ id }) => !had.has(id))) {
      const own = files.filter(({ batch }) => batch === record.id);
      const batch = newBatch(record, own.map(remembered));
      this.batches = [...this.batches, batch];
      void this.#run(batch);
    }
    this.#changed();
  }

  /** Give files that were chosen again to the uploads that miss them; the others. */
  rejoin(picked: readonly Picked[]): Picked[] {
    const missing = new Map<string, { batch: Batch; file: QueuedFile }>();
    for (const batch of this.batches) {
      for (const file of batch.files) {
        if (file.state === "missing") missing.set(fingerprint(file), { batch, file });
      }
    }
    const woken = new Set<Batch>();
    const others = picked.filter(({ path, file: source }) => {
      const print = fingerprint({ path, size: source.size, modified: source.lastModified });
      const found = missing.get(print);
      if (found === undefined) return true;
      found.file.source = source;
      found.file.state = "waiting";
      woken.add(found.batch);
      return false;
    });
    for (const batch of woken) this.go(batch);
    return others;
  }

  /** Begin with files that were dropped or chosen. */
  add(picked: readonly Picked[], target: Target): void {
    for (const { folder, files } of together(picked)) {
      const name = this.#ports.newName();
      const title = this.#ports.title(folder, files.length);
      const record = { id: name, title, target, name, isAsked: false };
      const queued = files.map((each) => queuedFile(name, each));
      const batch = newBatch(record, queued);
      this.batches = [...this.batches, batch];
      void this.#ports.memory.keep(batchRecord(batch), batch.files.map(fileRecord));
      void this.#run(batch);
    }
  }

  /** Stop for now. */
  pause(batch: Batch): void {
    batch.state = "paused";
    batch.controller.abort(new DOMException("Paused.", "AbortError"));
    this.#changed();
  }

  /** Go on, and try again what had problems. */
  go(batch: Batch): void {
    if (WORKING.has(batch.state)) {
      batch.controller.abort(new DOMException("Begun anew.", "AbortError"));
    }
    for (const file of batch.files) {
      file.problem = null;
      if (file.state === "problem" || file.state === "hashing" || file.state === "sending") {
        file.state = file.source === null && file.state !== "problem" ? "missing" : "waiting";
      }
      if (file.state === "waiting" && file.source === null) file.state = "missing";
    }
    void this.#run(batch);
  }

  /** Send everything again under another name: the server waits for what will not come. */
  async anew(batch: Batch): Promise<void> {
    await this.#giveUp(batch.files);
    Object.assign(batch, { name: this.#ports.newName(), isAsked: false });
    for (const file of batch.files) {
      if (file.state === "known") continue;
      Object.assign(file, { url: null, done: 0, state: "waiting" });
    }
    await this.#ports.memory.keep(batchRecord(batch), batch.files.map(fileRecord));
    this.go(batch);
  }

  /** Send a file although it is here already. */
  sendAnyway(batch: Batch, file: QueuedFile): void {
    Object.assign(file, { anyway: true, state: "waiting" });
    this.go(batch);
  }

  /** Import without the files that have problems or are missing. */
  async leaveOut(batch: Batch): Promise<void> {
    const out = batch.files.filter(isOut);
    await this.#giveUp(out);
    batch.files.splice(0, batch.files.length, ...batch.files.filter((file) => !isOut(file)));
    const keys = out.map(({ key }) => key);
    await this.#ports.memory.forget("", keys);
    if (batch.files.length > 0) this.go(batch);
    else await this.remove(batch);
  }

  /** Give a batch up, or take away one that is done. */
  async remove(batch: Batch): Promise<void> {
    const wasDone = batch.state === "done";
    this.pause(batch);
    this.batches = this.batches.filter((each) => each !== batch);
    this.#changed();
    await this.#forget(batch);
    // What became images is no upload any more; what did not stays on the server until given up.
    await this.#giveUp(wasDone ? batch.files.filter(({ problem }) => problem) : batch.files);
  }

  async #run(batch: Batch): Promise<void> {
    const controller = new AbortController();
    Object.assign(batch, { controller, state: "working", problem: null });
    const { signal } = controller;
    this.#changed();
    try {
      await lookForKnown(batch, {
        ...this.#ports,
        signal,
        lane: this.#adding,
        changed: this.#changed,
        ready: (file) => this.#send(batch, file, signal),
      });
      if (!signal.aborted) await this.#finish(batch, signal);
    } catch (error) {
      if (signal.aborted) return;
      Object.assign(batch, { state: "failed", problem: asApiError(error) });
    }
    this.#changed();
  }

  async #send(batch: Batch, file: QueuedFile, signal: AbortSignal): Promise<void> {
    const { source } = file;
    if (source === null) return;
    await this.#sending.run(async () => {
      if (signal.aborted) return;
      file.state = "sending";
      try {
        await sendFile(file, source, {
          ...this.#ports,
          batch: batch.name,
          signal,
          sleep: (ms, until) => this.#ports.sleep(ms, until),
          keep: (kept) => this.#ports.memory.keep(null, [fileRecord(kept)]),
          changed: this.#changed,
        });
        file.state = "sent";
        await this.#ports.memory.keep(null, [fileRecord(file)]);
      } catch (error) {
        if (signal.aborted) return;
        Object.assign(file, { state: "problem", problem: asApiError(error) });
      }
      this.#changed();
    });
  }

  async #finish(batch: Batch, signal: AbortSignal): Promise<void> {
    const states = new Set(batch.files.map(({ state }) => state));
    if (states.has("missing")) batch.state = "missing";
    else if (states.has("problem")) batch.state = "held";
    else {
      const { images, problems } = states.has("sent")
        ? await this.#import(batch, signal)
        : { images: [], problems: [] };
      Object.assign(batch, { images, problems, state: "done" });
      for (const problem of problems) blame(batch.files, problem);
      await this.#forget(batch);
      if (images.length > 0 || states.has("sent")) this.#ports.arrived();
    }
  }

  async #import(batch: Batch, signal: AbortSignal): Promise<Arrived> {
    batch.state = "importing";
    this.#changed();
    const hadAsked = batch.isAsked;
    batch.isAsked = true;
    await this.#ports.memory.keep(batchRecord(batch), []);
    return importBatch(batch, hadAsked, { ...this.#ports, signal, changed: this.#changed });
  }

  async #giveUp(files: readonly QueuedFile[]): Promise<void> {
    for (const { url } of files) {
      // What cannot be given up now ends by itself after its time.
      if (url !== null) await this.#ports.transport.giveUp(url).catch(() => undefined);
    }
  }

  #forget(batch: Batch): Promise<void> {
    const keys = batch.files.map(({ key }) => key);
    return this.#ports.memory.forget(batch.id, keys);
  }

  readonly #changed = (): void => {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  };
}
