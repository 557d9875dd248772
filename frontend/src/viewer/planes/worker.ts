/** The worker that makes tiles, so that the page stays free for the hand. */

import type { Order, Report } from "./messages";
import { TileMaker } from "./tileMaker";

interface Scope {
  postMessage(report: Report, transfer: Transferable[]): void;
  addEventListener(kind: "message", listener: (event: MessageEvent<Order>) => void): void;
}

const scope = self as unknown as Scope;
const maker = new TileMaker({
  fetch: (input, init) => fetch(input, init),
  unpack: greyBytes,
  report: (report, transfer = []) => scope.postMessage(report, transfer),
});
scope.addEventListener("message", ({ data }) => void maker.obey(data));

/** The bytes of a grey picture, row by row. */
async function greyBytes(blob: Blob): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("The browser gives no 2D canvas.");
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, at) => data[4 * at] as number);
}
