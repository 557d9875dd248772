/** A list on the server, fetched page by page from both ends towards where a person looks. */

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Items in the whole list. */
  readonly total: number;
  readonly endCursor: string | null;
}

/** Ask for a page: from the list's start, or from its end backwards. */
export type FetchPage<Item> = (
  side: Side,
  first: number,
  after: string | null,
  signal: AbortSignal,
) => Promise<Page<Item>>;

export type Side = "start" | "end";

interface Front {
  cursor: string | null;
  /** Items fetched from this side. */
  count: number;
  isLoading: boolean;
}

const FIRST_PAGE = 100;
const NEXT_PAGE = 200;
/** When the looked-at place is far away; the most the server gives at once. */
const FAR_PAGE = 500;
/** Fetch on when the end of what is known comes this near. */
const AHEAD = 60;

/**
 * Knows the items it has fetched by their place in the whole list.
 *
 * Pages can only be asked for one after the other (keyset cursors), so the known items are a run
 * from the start and, where the order can be reversed, a run from the end. Say what is looked at
 * with `want`; the run that is nearer grows towards it.
 */
export class PagedList<Item> {
  total: number | null = null;
  error: unknown = null;

  readonly #fetchPage: FetchPage<Item>;
  readonly #hasEnd: boolean;
  readonly #items: Item[] = [];
  readonly #fronts: Record<Side, Front> = {
    start: { cursor: null, count: 0, isLoading: false },
    end: { cursor: null, count: 0, isLoading: false },
  };
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #wanted: [number, number] = [0, 1];
  #version = 0;

  constructor(fetchPage: FetchPage<Item>, options: { canReverse: boolean }) {
    this.#fetchPage = fetchPage;
    this.#hasEnd = options.canReverse;
  }

  /** The item at a place; undefined while it is not known. */
  at(index: number): Item | undefined {
    return this.#items[index];
  }

  /** How many items are known, while the wanted places are many pages away; else null. */
  get far(): number | null {
    const { start, end } = this.#fronts;
    if (this.total === null || this.#isWhole()) return null;
    const [, gap] = this.#nearer();
    return gap > NEXT_PAGE ? start.count + end.count : null;
  }

  /** Places of items that are known, from the start on, that answer to a test. */
  findIndex(test: (item: Item) => boolean): number {
    return this.#items.findIndex((item) => item !== undefined && test(item));
  }

  /** Say which places are looked at: `start` included, `end` not. */
  want(start: number, end: number): void {
    this.#wanted = [start, Math.max(end, start + 1)];
    this.#pursue();
  }

  /** Say that nobody looks any more: what is under way is the last. */
  rest(): void {
    this.#wanted = [0, 1];
  }

  /** Wait until all places of a range are known; false when that failed. */
  async load(start: number, end: number): Promise<boolean> {
    this.want(start, end);
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.error === null && !this.#isKnown(start, end)) return;
        stop();
        resolve(this.error === null);
      };
      const stop = this.subscribe(look);
      look();
    });
  }

  /** Try again what failed. */
  retry(): void {
    this.error = null;
    this.#changed();
    this.#pursue();
  }

  /** Stop asking; the list is of no more use. */
  dispose(): void {
    this.#abort.abort();
    this.#listeners.clear();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Changes whenever something else is known. */
  readonly snapshot = (): number => this.#version;

  #isKnown(start: number, end: number): boolean {
    if (this.total === null) return false;
    const { start: front, end: back } = this.#fronts;
    const last = Math.min(end, this.total);
    return last <= front.count || start >= this.total - back.count || this.#isWhole();
  }

  #isWhole(): boolean {
    const { start, end } = this.#fronts;
    return this.total !== null && start.count + end.count >= this.total;
  }

  /** Start the request that brings the wanted places nearer, unless one is under way. */
  #pursue(): void {
    if (this.error !== null || this.#abort.signal.aborted || this.#isWhole()) return;
    const [side, gap] = this.#nearer();
    const front = this.#fronts[side];
    if (gap <= -AHEAD || front.isLoading) return;
    const size = this.total === null ? FIRST_PAGE : gap > NEXT_PAGE ? FAR_PAGE : NEXT_PAGE;
    const { start, end } = this.#fronts;
    const rest = (this.total ?? size) - start.count - end.count;
    void this.#grow(side, Math.min(size, rest));
  }

  /** The side that is nearer to the wanted places, and how many items are missing up to there. */
  #nearer(): [Side, number] {
    const [from, to] = this.#wanted;
    const { start, end } = this.#fronts;
    if (this.total === null) return ["start", 1];
    const toStart = Math.min(to, this.total) - start.count;
    const toEnd = this.total - end.count - from;
    return this.#hasEnd && toEnd < toStart && toStart > AHEAD ? ["end", toEnd] : ["start", toStart];
  }

  async #grow(side: Side, first: number): Promise<void> {
    const front = this.#fronts[side];
    front.isLoading = true;
    try {
      const page = await this.#fetchPage(side, first, front.cursor, this.#abort.signal);
      this.#place(side, page);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.error = error;
    } finally {
      front.isLoading = false;
    }
    this.#changed();
    this.#pursue();
  }

  #place(side: Side, page: Page<Item>): void {
    const front = this.#fronts[side];
    const before = this.total;
    // An empty page before the end means that items went away meanwhile: the list is shorter.
    this.total =
      page.items.length === 0
        ? this.#fronts.start.count + this.#fronts.end.count
        : Math.max(page.total, front.count + page.items.length);
    if (before !== null && before !== this.total) this.#moveEnd(before, this.total);
    for (const [offset, item] of page.items.entries()) {
      const place = front.count + offset;
      this.#items[side === "start" ? place : this.total - 1 - place] = item;
    }
    front.count += page.items.length;
    front.cursor = page.endCursor;
  }

  /** Keep the run from the end at the end of a list that got longer or shorter. */
  #moveEnd(before: number, now: number): void {
    const { end, start } = this.#fronts;
    const run = this.#items.slice(before - end.count, before);
    this.#items.length = Math.min(this.#items.length, start.count);
    for (const [offset, item] of run.entries()) {
      if (item !== undefined) this.#items[now - run.length + offset] = item;
    }
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
