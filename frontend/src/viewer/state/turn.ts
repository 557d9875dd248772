/** A picture that is turned by quarters and mirrored on the screen; its pixels stay as they are. */

import type { Point } from "../engine/geometry";

export type Quarter = 0 | 90 | 180 | 270;

/** How the picture lies: turned clockwise, after it was mirrored left to right. */
export interface Turn {
  readonly rotation: Quarter;
  readonly flipped: boolean;
}

/** The same as CSS. */
export function turnStyle({ rotation, flipped }: Turn): string {
  return `rotate(${rotation}deg)${flipped ? " scaleX(-1)" : ""}`;
}

/** A movement on the screen as a movement on the picture that is not turned. */
export function turnedBack({ rotation, flipped }: Turn, x: number, y: number): Point {
  const [cos = 1, sin = 0] = { 0: [1, 0], 90: [0, 1], 180: [-1, 0], 270: [0, -1] }[rotation];
  const back = cos * x + sin * y;
  return { x: flipped ? -back : back, y: cos * y - sin * x };
}
