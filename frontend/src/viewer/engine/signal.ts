/** A value that tells its listeners when it is replaced. */

export class Signal<T> {
  private held: T;
  private readonly listeners = new Set<() => void>();

  constructor(first: T) {
    this.held = first;
  }

  get value(): T {
    return this.held;
  }

  set(next: T): void {
    if (Object.is(next, this.held)) return;
    this.held = next;
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` after each replacement, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The value, in the form `useSyncExternalStore` asks for. */
  readonly get = (): T => this.held;
}
