/** What of an address was not understood. */

export interface Problem {
  /** The piece as it stands in the address, e.g. `c=9:1-5`. */
  readonly piece: string;
  readonly reason:
    | "grammar"
    | "channel"
    | "window"
    | "option"
    | "many"
    | "range"
    | "value"
    | "unknown";
  /** How many there are of what was asked for. */
  readonly count?: number;
}
