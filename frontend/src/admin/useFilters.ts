import { useCallback, useState } from "react";

type Values = Record<string, string>;

/** What a list is filtered by: kept in the address, so that a reload or a link shows the same. */
export function useFilters<Known extends Values>(defaults: Known) {
  const [values, setValues] = useState<Known>(() => {
    const asked = new URLSearchParams(window.location.search);
    return Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [
        name,
        (asked.get(name) ?? value).slice(0, 500),
      ]),
    ) as Known;
  });
  const change = useCallback(
    (changes: Partial<Known>): void => {
      setValues((before) => {
        const after = { ...before, ...changes };
        const said = Object.entries(after).filter(([name, value]) => value !== defaults[name]);
        const query = new URLSearchParams(said).toString();
        window.history.replaceState(
          window.history.state,
          "",
          `${window.location.pathname}${query === "" ? "" : `?${query}`}`,
        );
        return after;
      });
    },
    // The defaults of a page never change.
    // oxlint-disable-next-line react/exhaustive-deps
    [],
  );
  return { values, change };
}
