/** The colours of lookup tables, each asked for when it is first used. */

const LEVELS = 256;
const asked = new Map<string, Promise<Uint8Array | null>>();

/** 256 colours of 3 bytes; null for a table that is not to be had, which the server then uses. */
export function lutColors(name: string): Promise<Uint8Array | null> {
  const known = asked.get(name);
  if (known) return known;
  const answer = colorsOf(name).catch(() => {
    asked.delete(name);
    return null;
  });
  asked.set(name, answer);
  return answer;
}

async function colorsOf(name: string): Promise<Uint8Array | null> {
  const plain = name.trim().split("/").at(-1) ?? "";
  const url = `/luts/${encodeURIComponent(plain)}.png`;
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) return null;
  const row = await firstRow(await response.blob());
  return Uint8Array.from(
    { length: 3 * LEVELS },
    (_, at) => row[4 * Math.floor(at / 3) + (at % 3)] as number,
  );
}

/** Red, green, blue and alpha of each level, as the picture has them. */
async function firstRow(picture: Blob): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(picture, {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const pen = new OffscreenCanvas(LEVELS, 1).getContext("2d");
  if (!pen || bitmap.width !== LEVELS) throw new Error("not the picture of a lookup table");
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pen.getImageData(0, 0, LEVELS, 1).data;
}
