/** The worker that adds files up, so that the page stays free for the hand. */

import type { HashOrder, HashReport } from "./hasher";
import { Sha256 } from "./sha256";

const PIECE = 4 << 20;

interface Scope {
  postMessage(report: HashReport, transfer: Transferable[]): void;
  addEventListener(kind: "message", listener: (event: MessageEvent<HashOrder>) => void): void;
}

const scope = self as unknown as Scope;
const cancelled = new Set<number>();

scope.addEventListener("message", ({ data }) => {
  if (data.kind === "cancel") cancelled.add(data.id);
  else void add(data.id, data.file);
});

async function add(id: number, file: Blob): Promise<void> {
  const sum = new Sha256();
  try {
    for (let at = 0; at < file.size; at += PIECE) {
      if (cancelled.delete(id)) return;
      sum.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
      scope.postMessage({ kind: "progress", id, bytes: Math.min(at + PIECE, file.size) }, []);
    }
    scope.postMessage({ kind: "sum", id, sha256: sum.digest() }, []);
  } catch {
    scope.postMessage({ kind: "unreadable", id }, []);
  }
}
