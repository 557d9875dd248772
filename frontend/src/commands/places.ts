import type { IconName } from "../ui/Icon";

/** Somewhere the palette can go. */
export interface Place {
  id: string;
  title: string;
  /** What it is: project, dataset, … */
  group: string;
  icon: IconName;
  run(): void;
}

type Source = () => Place[];

const sources: Source[] = [];

/** Let the palette also offer these places; asked anew each time it opens. */
export function offerPlaces(source: Source): void {
  sources.push(source);
}

/** All places that are known now. */
export function places(): Place[] {
  return sources.flatMap((source) => source());
}
