/** The colours of lookup tables, asked for when the first one is used. */

import { request } from "../../api/gql";

interface LutAnswer {
  readonly luts: readonly { readonly name: string; readonly colors: string }[];
}

let asked: Promise<ReadonlyMap<string, Uint8Array>> | null = null;

/** 256 colours of 3 bytes; null for a name that the server does not list. */
export async function lutColors(name: string): Promise<Uint8Array | null> {
  asked ??= listed();
  const plain =
    name
      .trim()
      .split("/")
      .at(-1)
      ?.toLowerCase()
      .replace(/\.lut$/, "") ?? "";
  const known = await asked;
  return known.get(name) ?? known.get(plain) ?? null;
}

async function listed(): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const { luts } = await request<LutAnswer>("/luts", {});
    return new Map(luts.map(({ name, colors }) => [name, bytesOf(colors)]));
  } catch {
    // Without a listing the server renders what uses one; it is asked again for the next image.
    asked = null;
    return new Map();
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
