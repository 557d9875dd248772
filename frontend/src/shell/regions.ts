/** Move the focus to the next (1) or previous (-1) of the page's regions, as F6 does. */
export function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  if (regions.length === 0) return;
  const active = document.activeElement;
  const index = regions.findIndex((region) => region.contains(active));
  const next = regions[(index + step + regions.length) % regions.length];
  const target =
    next?.querySelector<HTMLElement>("[data-region-focus]") ??
    next?.querySelector<HTMLElement>(FOCUSABLE) ??
    next;
  target?.focus();
}

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), [tabindex="0"]';
