/**
 * How well a text answers to what was typed: higher is better, null is not at all.
 *
 * Every typed word must occur, or its letters in order; starts of words count more.
 */
export function score(text: string, typed: string): number | null {
  const hay = text.toLowerCase();
  let total = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const one = wordScore(hay, word);
    if (one === null) return null;
    total += one;
  }
  return total;
}

function wordScore(hay: string, word: string): number | null {
  const at = hay.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return /[\s/_.-]/.test(hay[at - 1] ?? "") ? 3 : 2;
  let from = 0;
  for (const letter of word) {
    from = hay.indexOf(letter, from) + 1;
    if (from === 0) return null;
  }
  return 1;
}
