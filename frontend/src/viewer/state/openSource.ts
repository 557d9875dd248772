/** Chooses where an image's tiles come from. */

import { makeLevels } from "../engine/levels";
import { ServerSource } from "../engine/serverSource";
import type { Source } from "../engine/source";
import { lutColors } from "../data/lutColors";
import { capabilities, chosenRenderer, fitsHere } from "../planes/choice";
import { Crew, hireWorker } from "../planes/crew";
import { PlaneSource } from "../planes/planeSource";
import type { ImageFacts } from "./facts";

const MEBIBYTE = 1024 * 1024;
const PLANE_BUDGET = 128 * MEBIBYTE;
const MOST_WORKERS = 4;

/** @param wanted what the address asks for: `gpu`, `cpu` or `server`; null for the best */
export function openSource(facts: ImageFacts, wanted: string | null): Source {
  const server = new ServerSource({ levels: makeLevels(facts.levels), template: facts.tileUrl });
  const renderer = chosenRenderer(wanted, capabilities);
  if (renderer === "server") return server;
  const cores = globalThis.navigator.hardwareConcurrency;
  const crew = new Crew({
    composer: renderer,
    route: { ...facts.raw, tileSize: server.tileSize },
    budgetBytes: PLANE_BUDGET,
    // The page rests while they work; a graphics card is used from one place.
    size: renderer === "gpu" ? 1 : Math.min(MOST_WORKERS, cores),
    hire: hireWorker,
  });
  return new PlaneSource({
    crew,
    server,
    findLut: lutColors,
    isServers: ({ style, rendering }) =>
      // A photograph as it was stored comes as the bytes that were stored.
      (facts.photograph && style === "" && wanted === null) ||
      !facts.allLevels ||
      !fitsHere(facts.pixelType, rendering?.channels.length ?? 0),
  });
}
