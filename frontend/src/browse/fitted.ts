/** Names that are too long for their place: ends tell files apart, so the middle goes. */

const EXTENSION = /(\.ome)?\.[a-z0-9]{2,5}$/i;

type Measure = (text: string) => number;

let pen: CanvasRenderingContext2D | null | undefined;
const known = new Map<string, string>();
const KNOWN_MAX = 2000;

/** A name in the body's font, cut in its middle to fit into a width in CSS pixels. */
export function fitted(name: string, width: number): string {
  const key = `${String(Math.round(width))} ${name}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = cutMiddle(name, width, measure());
  if (known.size > KNOWN_MAX) known.clear();
  known.set(key, made);
  return made;
}

/** The longest form of a text that a measure says fits: without extension, then cut. */
export function cutMiddle(text: string, width: number, widthOf: Measure): string {
  if (widthOf(text) <= width) return text;
  const stem = text.replace(EXTENSION, "");
  if (stem !== text && stem !== "") return cutMiddle(stem, width, widthOf);
  let [least, most] = [3, text.length - 1];
  while (least < most) {
    const letters = Math.ceil((least + most) / 2);
    if (widthOf(cut(text, letters)) <= width) least = letters;
    else most = letters - 1;
  }
  return cut(text, least);
}

function cut(text: string, letters: number): string {
  const tail = Math.ceil(letters * 0.55);
  return `${text.slice(0, letters - tail)}…${text.slice(-tail)}`;
}

function measure(): Measure {
  if (pen === undefined) {
    pen = document.createElement("canvas").getContext("2d");
    const { fontSize, fontFamily } = getComputedStyle(document.body);
    if (pen !== null) pen.font = `${fontSize} ${fontFamily}`;
  }
  const context = pen;
  return context === null ? (text) => text.length * 7 : (text) => context.measureText(text).width;
}
