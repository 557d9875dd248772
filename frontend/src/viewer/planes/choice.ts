/** Who colours the picture: the graphics card, the processor, or the server. */

export type RendererName = "gpu" | "cpu" | "server";

/** What the browser can do. */
export interface Capabilities {
  /** Workers that can draw without a page. */
  readonly workers: boolean;
  /** The name of the WebGL 2 renderer, null where there is none. */
  readonly gpu: string | null;
}

/** Graphics cards made of software: the processor does better without them. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i;

export function chosenRenderer(wanted: string | null, can: () => Capabilities): RendererName {
  if (wanted === "server") return "server";
  const { workers, gpu } = can();
  if (!workers) return "server";
  if (wanted === "cpu") return "cpu";
  if (gpu === null) return "cpu";
  return wanted === "gpu" || !SOFTWARE.test(gpu) ? "gpu" : "cpu";
}

let known: Capabilities | null = null;

/** Asks the browser, once. */
export function capabilities(): Capabilities {
  known ??= { workers: hasWorkers(), gpu: gpuName() };
  return known;
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
