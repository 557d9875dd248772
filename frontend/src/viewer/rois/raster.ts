/** Lines of one pixel into a picture in memory: many small shapes for the price of their pixels. */

export class Raster {
  private data: ImageData;
  private pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.data = new ImageData(Math.max(1, width), Math.max(1, height));
    this.pixels = new Uint32Array(this.data.data.buffer);
  }

  get picture(): ImageData {
    return this.data;
  }

  /** Makes it empty, and as large as it has to be. */
  clear(width: number, height: number): void {
    if (this.data.width === width && this.data.height === height) this.pixels.fill(0);
    else {
      this.data = new ImageData(width, height);
      this.pixels = new Uint32Array(this.data.data.buffer);
    }
  }

  /** A square of `side` pixels around a place. */
  dot(x: number, y: number, side: number, color: number): void {
    const { width, height } = this.data;
    const left = Math.floor(x - side / 2);
    const top = Math.floor(y - side / 2);
    for (let row = Math.max(0, top); row < Math.min(height, top + side); row += 1)
      for (let column = Math.max(0, left); column < Math.min(width, left + side); column += 1)
        this.pixels[row * width + column] = color;
  }

  line(x1: number, y1: number, x2: number, y2: number, color: number): void {
    const { width, height } = this.data;
    // What lies far outside is seldom and not worth clipping, but must not cost its length.
    if (Math.max(x1, x2) < 0 || Math.max(y1, y2) < 0) return;
    if (Math.min(x1, x2) >= width || Math.min(y1, y2) >= height) return;
    const steps = Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1), 1));
    const [dx, dy] = [(x2 - x1) / steps, (y2 - y1) / steps];
    for (let step = 0, x = x1, y = y1; step <= steps; step += 1, x += dx, y += dy) {
      const [column, row] = [x | 0, y | 0];
      if (x >= 0 && y >= 0 && column < width && row < height)
        this.pixels[row * width + column] = color;
    }
  }
}

const colors = new Map<string, number>();

/** #RRGGBBAA as a pixel in memory: red in the lowest byte. */
export function pixelOf(color: string): number {
  let pixel = colors.get(color);
  if (pixel === undefined) {
    const part = (at: number): number => Number.parseInt(color.slice(at, at + 2) || "FF", 16) || 0;
    pixel = ((part(7) << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
    colors.set(color, pixel);
  }
  return pixel;
}
