/** Who colours the picture: the graphics card, the processor, or the server. */

export type RendererName = "gpu" | "cpu" | "server";

/** What the browser can do. */
export interface Capabilities {
  /** Workers that can draw without a page. */
  readonly workers: boolean;
  /** The name of the WebGL 2 renderer, null where there is none. */
  readonly gpu: string | null;
  /** A link on which samples, twenty times the bytes of a picture, would be waited for. */
  readonly isSlow: boolean;
}

/** Graphics cards made of software: the processor does better without them. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i;

/** @param wanted what the address asks for: `gpu`, `cpu` or `server`; null for the best */
export function chosenRenderer(wanted: string | null, can: () => Capabilities): RendererName {
  if (wanted === "server") return "server";
  const { workers, gpu, isSlow } = can();
  if (!workers) return "server";
  if (wanted === "cpu") return "cpu";
  if (wanted !== "gpu" && isSlow) return "server";
  if (gpu === null) return "cpu";
  return wanted === "gpu" || !SOFTWARE.test(gpu) ? "gpu" : "cpu";
}

/** What a screen of samples may take for each pixel: with more, it would not fit into memory. */
const MOST_BYTES = 32;
const BYTES: Readonly<Record<string, number>> = {
  bit: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  half: 4,
  float: 4,
  complex: 4,
};

/** Whether so many channels of a pixel type, by OME's name, are coloured in the browser. */
export function fitsHere(pixelType: string, channels: number): boolean {
  return channels * (BYTES[pixelType] ?? 8) <= MOST_BYTES;
}

let known: Capabilities | null = null;

/** Asks the browser, once. */
export function capabilities(): Capabilities {
  known ??= { workers: hasWorkers(), gpu: gpuName(), isSlow: hasSlowLink() };
  return known;
}

interface Connection {
  readonly saveData?: boolean;
  readonly effectiveType?: string;
}

/** Browsers that do not say are fast; megabits are guessed too badly to be asked for. */
function hasSlowLink(): boolean {
  const { connection } = globalThis.navigator as { readonly connection?: Connection };
  return connection?.saveData === true || /[23]g/.test(connection?.effectiveType ?? "");
}

function hasWorkers(): boolean {
  return [globalThis.Worker, globalThis.OffscreenCanvas, globalThis.createImageBitmap].every(
    (each) => typeof each === "function",
  );
}

function gpuName(): string | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
  // Browsers keep few contexts: this one has said what it knows.
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return String(name);
}
