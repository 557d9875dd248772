const SIZES = [96, 144, 192, 288, 384, 512];

/**
 * The address of a thumbnail that is sharp at a side of so many CSS pixels.
 *
 * Only a few sizes are asked for, so that each is made once and then found in the cache.
 */
export function thumbnailAt(url: string, side: number, density = pixelDensity()): string {
  const wanted = side * Math.min(2, density);
  const size = SIZES.find((each) => each >= wanted * 0.9) ?? SIZES.at(-1);
  return url.replace(/([?&]size=)\d+/, `$1${String(size)}`);
}

function pixelDensity(): number {
  return typeof window === "undefined" ? 1 : window.devicePixelRatio;
}
