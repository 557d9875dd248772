/** What is on its way in, kept in this browser, so that it goes on after a reload. */

import type { BatchRecord, FileRecord, Memory } from "./model";

const BATCHES = "batches";
const FILES = "files";

/** The memory of one person. Where the browser keeps nothing, nothing is remembered. */
export function browserMemory(person: string): Memory {
  let opening: Promise<IDBDatabase | null> | null = null;
  const opened = (): Promise<IDBDatabase | null> =>
    (opening ??= open(`micrograph.imports.${person}`).catch(() => null));

  const write = async (work: (batches: IDBObjectStore, files: IDBObjectStore) => void) => {
    const database = await opened();
    if (database === null) return;
    const change = database.transaction([BATCHES, FILES], "readwrite");
    work(change.objectStore(BATCHES), change.objectStore(FILES));
    await new Promise<void>((resolve) => {
      // A full disk costs the memory, not the upload.
      for (const end of ["complete", "error", "abort"]) {
        change.addEventListener(end, () => resolve());
      }
    });
  };

  return {
    async load() {
      const database = await opened();
      if (database === null) return { batches: [], files: [] };
      const reading = database.transaction([BATCHES, FILES], "readonly");
      const [batches, files] = await Promise.all([
        answered<BatchRecord[]>(reading.objectStore(BATCHES).getAll()),
        answered<FileRecord[]>(reading.objectStore(FILES).getAll()),
      ]);
      return { batches, files };
    },
    keep: (batch, kept) =>
      write((batches, files) => {
        if (batch !== null) batches.put(batch);
        for (const file of kept) files.put(file);
      }),
    forget: (batch, gone) =>
      write((batches, files) => {
        batches.delete(batch);
        for (const key of gone) files.delete(key);
      }),
  };
}

async function open(name: string): Promise<IDBDatabase> {
  const asking = indexedDB.open(name, 1);
  asking.addEventListener("upgradeneeded", () => {
    asking.result.createObjectStore(BATCHES, { keyPath: "id" });
    asking.result.createObjectStore(FILES, { keyPath: "key" });
  });
  return answered(asking);
}

function answered<Result>(asking: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    asking.addEventListener("success", () => resolve(asking.result));
    asking.addEventListener("error", () => reject(asking.error ?? new Error("no database")));
  });
}
