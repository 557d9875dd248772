/** Files in pieces, resumable: the tus protocol 1.0 as the server's /uploads speaks it. */

import { ApiError, httpError, offlineError } from "../api/errors";
import { noticed } from "../api/gql";

export interface Announced {
  /** With the folders below the one that was dropped. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly batch: string;
  readonly sha256: string | null;
}

/** How files travel. Every failure is an ApiError; `offline` where nobody answered. */
export interface Transport {
  /** Announce a file; its address. */
  begin(file: Announced, signal: AbortSignal): Promise<string>;
  /** How many of its bytes have come, for certain. */
  offset(url: string, signal: AbortSignal): Promise<number>;
  /** Send a piece; how many bytes have come then. */
  put(
    url: string,
    offset: number,
    piece: Blob,
    progress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<number>;
  giveUp(url: string): Promise<void>;
}

const VERSION = { "tus-resumable": "1.0.0" };

export const tus: Transport = {
  async begin(file, signal) {
    const headers = { "upload-length": String(file.size), "upload-metadata": metadata(file) };
    const answer = await ask("/uploads", { method: "POST", headers, signal });
    const place = answer.headers.get("location");
    if (place === null) throw new ApiError("unexpected", "The server gave the upload no address.");
    return new URL(place, window.location.href).pathname;
  },

  async offset(url, signal) {
    const answer = await ask(url, { method: "HEAD", signal });
    return bytes(answer.headers.get("upload-offset"));
  },

  put(url, offset, piece, progress, signal) {
    // fetch() does not tell how much of a body has left.
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sending = new XMLHttpRequest();
      const stop = (): void => sending.abort();
      signal.addEventListener("abort", stop, { once: true });
      sending.open("PATCH", url);
      sending.setRequestHeader("content-type", "application/offset+octet-stream");
      sending.setRequestHeader("upload-offset", String(offset));
      sending.setRequestHeader("tus-resumable", VERSION["tus-resumable"]);
      sending.upload.addEventListener("progress", (event) => progress(event.loaded));
      sending.addEventListener("error", () => reject(offlineError()));
      sending.addEventListener("abort", () => reject(signal.reason as Error));
      sending.addEventListener("load", () => {
        if (sending.status < 400) resolve(bytes(sending.getResponseHeader("upload-offset")));
        else reject(noticed(httpError(sending.status, parsed(sending.responseText))));
      });
      sending.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
      sending.send(piece);
    });
  },

  async giveUp(url) {
    await ask(url, { method: "DELETE" });
  },
};

async function ask(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    const headers = new Headers(init.headers);
    headers.set("tus-resumable", VERSION["tus-resumable"]);
    headers.set("accept", "application/json");
    answer = await fetch(path, { ...init, headers, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineError();
  }
  if (answer.ok) return answer;
  throw noticed(httpError(answer.status, parsed(await answer.text())));
}

/** What the server is told about a file: names and values in base64. */
export function metadata(file: Announced): string {
  const known = {
    relativePath: file.path,
    batch: file.batch,
    lastModified: String(file.modified),
    ...(file.sha256 === null ? {} : { sha256: file.sha256 }),
  };
  return Object.entries(known)
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function bytes(text: string | null): number {
  const count = Number(text ?? Number.NaN);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new ApiError("unexpected", "The server did not say how much has come.");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
