/** Planes to a picture by the graphics card: textures stay there, a change moves a table only. */

import { type Composer, CpuComposer, sizeOf, unsigned } from "./cpu";
import { type ChannelRendering, type ColorTable, type Rendering, stepsOf } from "./rendering";
import type { Plane } from "./samples";
import { BY_STEPS, BY_TABLE, COVER } from "./shaders";
import { type Luts, Remembered, tableKey, Tables } from "./tables";

interface Program {
  readonly program: WebGLProgram;
  readonly at: (name: string) => WebGLUniformLocation | null;
}

/** What the context holds; gone as a whole when the context is lost. */
interface Workshop {
  readonly byTable: Program;
  readonly bySteps: Program;
  readonly planes: Map<Plane, { readonly texture: WebGLTexture; readonly bytes: number }>;
  readonly tables: Remembered<WebGLTexture>;
}

/** Beyond single precision the answer would depend on the window: those the processor draws. */
const TYPES = new Set(["uint8", "int8", "uint16", "int16", "float32"]);
const LARGEST = 3.4e38;

export class GpuComposer implements Composer {
  readonly name = "gpu";
  private readonly canvas: OffscreenCanvas;
  private readonly gl: WebGL2RenderingContext;
  private readonly budget: number;
  private readonly tables: Tables;
  private readonly processor: CpuComposer;
  private workshop: Workshop | null = null;
  private held = 0;

  /**
   * @throws Error when there is no WebGL 2
   */
  constructor(luts: Luts, budgetBytes: number) {
    this.canvas = new OffscreenCanvas(1, 1);
    const gl = this.canvas.getContext("webgl2", {
      alpha: true,
      antialias: false,
      depth: false,
      premultipliedAlpha: true,
    });
    if (!gl) throw new Error("The browser gives no WebGL 2.");
    this.gl = gl;
    this.budget = budgetBytes;
    this.tables = new Tables(luts);
    this.processor = new CpuComposer(luts);
    // Everything is made anew from the planes in memory once the context is back.
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.workshop = null;
      this.held = 0;
    });
  }

  /** Bytes of planes on the card. */
  get bytes(): number {
    return this.held;
  }

  async compose(planes: readonly Plane[], rendering: Rendering): Promise<ImageBitmap> {
    const isFit = planes.every((plane) => TYPES.has(plane.type) && this.fits(plane));
    // A lost context leaves the processor, until it is back.
    if (!isFit || this.gl.isContextLost()) return this.processor.compose(planes, rendering);
    const bitmap = this.drawn(planes, rendering);
    if (!this.gl.isContextLost()) return bitmap;
    bitmap.close();
    return this.processor.compose(planes, rendering);
  }

  forget(plane: Plane): void {
    const known = this.workshop?.planes.get(plane);
    if (!known) return;
    this.workshop?.planes.delete(plane);
    this.held -= known.bytes;
    this.gl.deleteTexture(known.texture);
  }

  dispose(): void {
    const { workshop, gl } = this;
    if (workshop) {
      for (const plane of workshop.planes.keys()) this.forget(plane);
      workshop.tables.clear();
      gl.deleteProgram(workshop.byTable.program);
      gl.deleteProgram(workshop.bySteps.program);
    }
    this.workshop = null;
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private fits({ width, height }: Plane): boolean {
    return Math.max(width, height) <= (this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) as number);
  }

  private drawn(planes: readonly Plane[], { grey, channels }: Rendering): ImageBitmap {
    const { gl, canvas } = this;
    const workshop = (this.workshop ??= furnished(gl));
    const { width, height } = sizeOf(planes);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    // Whole levels add up exactly, and end at 255.
    gl.blendFunc(gl.ONE, gl.ONE);
    channels.forEach((channel, at) => {
      const plane = planes[at];
      if (plane) this.add(workshop, plane, channel, grey);
    });
    this.trim(workshop, new Set(planes));
    return canvas.transferToImageBitmap();
  }

  private add(workshop: Workshop, plane: Plane, channel: ChannelRendering, grey: boolean): void {
    const { gl } = this;
    const isFloat = plane.type === "float32";
    const { program, at } = isFloat ? workshop.bySteps : workshop.byTable;
    const key = tableKey(plane, channel, grey);
    const origin = Math.fround(channel.start);
    // Made before any is bound for drawing: making one binds it.
    const samples = this.textureOf(workshop, plane);
    const colors = workshop.tables.get(`colors/${key}`, () =>
      colorTexture(
        gl,
        this.tables.samples(plane, channel, grey) ?? this.tables.levels(channel, grey),
      ),
    );
    const steps = isFloat
      ? workshop.tables.get(`steps/${key}`, () => stepTexture(gl, channel, origin))
      : null;
    gl.useProgram(program);
    gl.uniform1i(at("height"), plane.height);
    this.bind(0, at("samples"), samples);
    this.bind(1, at("colors"), colors);
    if (steps) {
      this.bind(2, at("steps"), steps);
      gl.uniform1f(at("origin"), origin);
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private bind(unit: number, at: WebGLUniformLocation | null, texture: WebGLTexture): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform1i(at, unit);
  }

  private textureOf(workshop: Workshop, plane: Plane): WebGLTexture {
    const known = workshop.planes.get(plane);
    if (known) {
      workshop.planes.delete(plane);
      workshop.planes.set(plane, known);
      return known.texture;
    }
    const texture = planeTexture(this.gl, plane);
    const bytes = plane.data.byteLength;
    workshop.planes.set(plane, { texture, bytes });
    this.held += bytes;
    return texture;
  }

  private trim(workshop: Workshop, kept: ReadonlySet<Plane>): void {
    for (const plane of workshop.planes.keys()) {
      if (this.held <= this.budget) return;
      if (!kept.has(plane)) this.forget(plane);
    }
  }
}

function furnished(gl: WebGL2RenderingContext): Workshop {
  return {
    byTable: linked(gl, BY_TABLE),
    bySteps: linked(gl, BY_STEPS),
    planes: new Map(),
    tables: new Remembered<WebGLTexture>(64, (texture) => gl.deleteTexture(texture)),
  };
}

function linked(gl: WebGL2RenderingContext, fragments: string): Program {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, COVER],
    [gl.FRAGMENT_SHADER, fragments],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) continue;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  const isLinked = gl.getProgramParameter(program, gl.LINK_STATUS) as boolean;
  if (!isLinked && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(program) ?? "a shader does not link");
  return { program, at: (name) => gl.getUniformLocation(program, name) };
}

function newTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
    gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  return texture;
}

function planeTexture(gl: WebGL2RenderingContext, plane: Plane): WebGLTexture {
  const texture = newTexture(gl);
  const { width, height, data } = plane;
  const put = (inside: number, format: number, type: number, texels: ArrayBufferView): void =>
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, format, type, texels);
  if (data instanceof Float32Array) put(gl.R32F, gl.RED, gl.FLOAT, finite(data));
  else if (data.BYTES_PER_ELEMENT === 1)
    put(gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE, unsigned(plane));
  else put(gl.R16UI, gl.RED_INTEGER, gl.UNSIGNED_SHORT, unsigned(plane));
  return texture;
}

/** NaN is dark; cards need not know it, nor infinities. */
function finite(data: Float32Array): Float32Array {
  return data.map((value) =>
    Number.isNaN(value) ? -LARGEST : Math.max(-LARGEST, Math.min(LARGEST, value)),
  );
}

function colorTexture(gl: WebGL2RenderingContext, colors: ColorTable): WebGLTexture {
  const texture = newTexture(gl);
  const bytes = new Uint8Array(colors.buffer);
  const rows = colors.length / 256;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  return texture;
}

function stepTexture(
  gl: WebGL2RenderingContext,
  channel: ChannelRendering,
  origin: number,
): WebGLTexture {
  const texture = newTexture(gl);
  const steps = Float32Array.from(stepsOf(channel), (step) => step - origin);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 255, 1, 0, gl.RED, gl.FLOAT, steps);
  return texture;
}
