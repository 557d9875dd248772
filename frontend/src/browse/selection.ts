/** Which items are selected, by number, and which place is in focus. */
export interface Selection {
  readonly selected: ReadonlySet<string>;
  /** Whether everything the list finds is selected, then without `selected`. */
  readonly isWhole?: boolean;
  /** Place of the focused item; -1 when none is. */
  readonly active: number;
  /** Place where a range that is being extended began. */
  readonly anchor: number;
}

export const NOTHING: Selection = { selected: new Set(), active: -1, anchor: -1 };

/** Everything the list finds, known or not: a scope and no list of ids. */
export function whole(active: number): Selection {
  return { selected: new Set(), isWhole: true, active: Math.max(0, active), anchor: 0 };
}

/** Whether an item is selected. */
export function has({ selected, isWhole }: Selection, id: string): boolean {
  return selected.has(id) !== (isWhole ?? false);
}

/** How many items are selected of a list of so many. */
export function countOf({ selected, isWhole }: Selection, total: number): number {
  return isWhole === true ? Math.max(0, total - selected.size) : selected.size;
}

/** Select only one item. */
export function only(id: string, place: number): Selection {
  return { selected: new Set([id]), active: place, anchor: place };
}

/** Select an item or take it out, and leave the others. */
export function toggled(selection: Selection, id: string, place: number): Selection {
  const selected = new Set(selection.selected);
  if (!selected.delete(id)) selected.add(id);
  return { ...selection, selected, active: place, anchor: place };
}

/** Select everything from the anchor to a place. */
export function extended(
  selection: Selection,
  place: number,
  idAt: (place: number) => string | undefined,
): Selection {
  const anchor = selection.anchor < 0 ? place : selection.anchor;
  const selected = new Set<string>();
  for (let at = Math.min(anchor, place); at <= Math.max(anchor, place); at += 1) {
    const id = idAt(at);
    if (id !== undefined) selected.add(id);
  }
  return { selected, active: place, anchor };
}

/** Where the focus goes from a place in a grid of so many columns; null for other keys. */
export function movedBy(
  key: string,
  place: number,
  { columns, count, pageRows }: { columns: number; count: number; pageRows: number },
): number | null {
  const from = Math.max(0, place);
  const steps: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: place < 0 ? 0 : from + 1,
    ArrowUp: from - columns,
    ArrowDown: place < 0 ? 0 : from + columns,
    PageUp: from - columns * pageRows,
    PageDown: from + columns * pageRows,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  if (next === undefined || count === 0) return null;
  // Up from the first row stays; down from the last full row goes to the last item.
  if (key === "ArrowUp" && next < 0) return from;
  if (key === "ArrowDown" && next >= count) {
    return Math.floor(from / columns) === Math.floor((count - 1) / columns) ? from : count - 1;
  }
  return Math.min(count - 1, Math.max(0, next));
}
