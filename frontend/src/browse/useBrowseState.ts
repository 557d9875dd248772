import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useSearch } from "wouter";
import { NOTHING, type Selection } from "./selection";
import { type BrowseState, formatBrowseState, parseBrowseState } from "./urlState";

/** The browser's state: what the address says, and the selection with its focus. */
export function useBrowseState(scopeKey: string) {
  const search = useSearch();
  const state = useMemo(() => parseBrowseState(search), [search]);
  const listKey = `${scopeKey} ${state.query}`;
  const latest = useRef(state);
  useLayoutEffect(() => {
    latest.current = state;
  });

  const change = useCallback((changes: Partial<BrowseState>): void => {
    latest.current = { ...latest.current, ...changes };
    const query = formatBrowseState(latest.current);
    const { pathname } = window.location;
    window.history.replaceState(null, "", query === "" ? pathname : `${pathname}?${query}`);
  }, []);

  const [held, setHeld] = useState<{
    scopeKey: string;
    listKey: string;
    selection: Selection;
  }>(() => ({
    scopeKey,
    listKey,
    selection: { ...NOTHING, selected: new Set(state.selected) },
  }));
  const selection =
    held.scopeKey === scopeKey && (held.listKey === listKey || held.selection.isWhole !== true)
      ? held.selection
      : { ...NOTHING, selected: new Set(state.selected) };

  const select = useCallback(
    (next: Selection): void => {
      setHeld({ scopeKey, listKey, selection: next });
      // A whole list has no ids to write down.
      change({ selected: next.isWhole === true ? [] : [...next.selected] });
    },
    [scopeKey, listKey, change],
  );
  return { state, change, selection, select };
}
