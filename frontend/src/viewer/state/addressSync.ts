/** Keeps the page's address equal to a view that has rested. */

/** The page's address, as far as a session reads and writes it. */
export interface AddressBar {
  read(): string;
  write(query: string): void;
}

/** The address follows when the view has rested this long. */
const REST_MS = 200;

export class AddressSync {
  private readonly bar: AddressBar;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last: string;

  constructor(bar: AddressBar) {
    this.bar = bar;
    this.last = bar.read();
  }

  /** What the address said when it was last read or written here. */
  get query(): string {
    return this.last;
  }

  /** Writes what `format` says once nothing has been written for a moment. */
  writeSoon(format: () => string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const query = format();
      if (query === this.last) return;
      this.last = query;
      this.bar.write(query);
    }, REST_MS);
  }

  /** Writes at once, instead of what was to be written. */
  write(query: string): void {
    clearTimeout(this.timer);
    this.last = query;
    this.bar.write(query);
  }

  /** The address's query if somebody else changed it (back, a pasted link), else null. */
  changed(): string | null {
    const query = this.bar.read();
    if (query === this.last) return null;
    this.last = query;
    return query;
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}

/** Which renderer the address asks for: for tests and diagnosis, and no part of the view. */
const RENDERER = "renderer";

export function wantedRenderer(): string | null {
  return new URLSearchParams(window.location.search).get(RENDERER);
}

/** The address of the window; what other code keeps in the history entry stays there. */
export const windowAddress: AddressBar = {
  read: () => pieces().view.join("&"),
  write: (query) => {
    const { pathname } = window.location;
    const whole = [...pieces().renderer, query].filter(Boolean).join("&");
    window.history.replaceState(
      window.history.state,
      "",
      whole ? `${pathname}?${whole}` : pathname,
    );
  },
};

function isRenderer(piece: string): boolean {
  return piece.startsWith(`${RENDERER}=`);
}

function pieces(): { view: string[]; renderer: string[] } {
  const all = window.location.search.replace(/^\?/, "").split("&");
  return { view: all.filter((piece) => !isRenderer(piece)), renderer: all.filter(isRenderer) };
}
