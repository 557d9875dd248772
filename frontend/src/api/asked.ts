/** What the page has asked GraphQL, by the address that it was asked at. */

export interface Asked {
  readonly name: string;
  readonly source: string;
  readonly variables: Record<string, unknown>;
}

const MOST = 40;
const PLACES = 20;

const places = new Map<string, readonly Asked[]>();

/** Note a question, the newest first. Changes are not noted: they may hold secrets. */
export function noteAsked(source: string, variables: Record<string, unknown>): void {
  const name = /^\s*query\s+(\w+)/.exec(source)?.[1];
  if (name === undefined) return;
  const here = window.location.pathname;
  const same = JSON.stringify(variables);
  const others = askedHere().filter(
    (one) => one.source !== source || JSON.stringify(one.variables) !== same,
  );
  // The place that was left longest ago is forgotten first.
  places.delete(here);
  places.set(here, [{ name, source, variables }, ...others].slice(0, MOST));
  const [oldest] = places.keys();
  if (places.size > PLACES && oldest !== undefined) places.delete(oldest);
}

/** What was asked at this address, the newest first. */
export function askedHere(): readonly Asked[] {
  return places.get(window.location.pathname) ?? [];
}
