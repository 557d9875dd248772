/** Acquisition metadata as short sentences. */

import type { AcquisitionQuery } from "../api/generated/graphql";
import { decimal, quantity } from "../browse/facts";
import { w } from "./words";

type Taken = NonNullable<AcquisitionQuery["image"]>;
type Quantity = { readonly value: number; readonly unit: string };

/** `LASER_SCANNING_CONFOCAL_MICROSCOPY` → `laser scanning confocal microscopy`. */
export function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", " ");
}

/** What is known about how an image was taken, by name; nothing of what the file does not say. */
export function acquired(image: Taken): [string, string][] {
  const { instrument, objectiveSettings, imagingEnvironment, stageLabel, pixels } = image;
  const scope = instrument?.microscope;
  const lens = objectiveSettings?.objective;
  const facts: [string, string][] = [
    [
      w("acquisition.microscope"),
      joined([scope?.manufacturer, scope?.model, scope?.type == null ? "" : plain(scope.type)]),
    ],
    [
      w("acquisition.objective"),
      joined([
        lens?.manufacturer,
        lens?.model,
        lens?.nominalMagnification == null ? "" : `${decimal(lens.nominalMagnification, 1)}×`,
        lens?.lensNa == null ? "" : `NA ${decimal(lens.lensNa, 2)}`,
        lens?.immersion == null ? "" : plain(lens.immersion),
        lens?.correction == null ? "" : plain(lens.correction),
      ]),
    ],
    [
      w("acquisition.medium"),
      joined([
        objectiveSettings?.medium == null ? "" : plain(objectiveSettings.medium),
        objectiveSettings?.refractiveIndex == null
          ? ""
          : w("acquisition.refraction", { value: decimal(objectiveSettings.refractiveIndex, 4) }),
      ]),
    ],
    [w("acquisition.temperature"), quantityOf(imagingEnvironment?.temperature)],
    [
      w("acquisition.air"),
      joined([
        percent("acquisition.humidity", imagingEnvironment?.humidity),
        percent("acquisition.co2", imagingEnvironment?.co2Percent),
      ]),
    ],
    [
      w("acquisition.stage"),
      joined([stageLabel?.name, quantityOf(stageLabel?.x), quantityOf(stageLabel?.y)]),
    ],
    ...(pixels?.channels ?? []).map((channel): [string, string] => [
      w("acquisition.channel", { name: channel.name ?? String(channel.index + 1) }),
      channelWords(channel, pixels?.planes.nodes ?? []),
    ]),
    [w("acquisition.taken"), span(pixels?.planes.nodes ?? [])],
  ];
  return facts.filter(([, words]) => words !== "");
}

type Channel = NonNullable<Taken["pixels"]>["channels"][number];
type Plane = NonNullable<Taken["pixels"]>["planes"]["nodes"][number];

function channelWords(channel: Channel, planes: readonly Plane[]): string {
  const detector = channel.detectorSettings?.detector;
  return joined([
    channel.fluor,
    channel.acquisitionMode === null ? "" : plain(channel.acquisitionMode),
    channel.contrastMethod === null ? "" : plain(channel.contrastMethod),
    worded("acquisition.excited", channel.excitationWavelength),
    worded("acquisition.emitted", channel.emissionWavelength),
    worded("acquisition.pinhole", channel.pinholeSize),
    detector == null
      ? ""
      : w("acquisition.detector", {
          name: detector.model ?? (detector.type === null ? "" : plain(detector.type)),
        }),
    exposure(planes.filter((plane) => plane.theC === channel.index)),
  ]);
}

function exposure(planes: readonly Plane[]): string {
  const times = planes.map((plane) => plane.exposureTime).filter((time) => time !== null);
  const ends = extremes(times);
  if (ends === null) return "";
  const [first, last] = ends.map(quantity);
  return first === last
    ? w("acquisition.exposed", { value: first ?? "" })
    : w("acquisition.exposedRange", { first: first ?? "", last: last ?? "" });
}

function span(planes: readonly Plane[]): string {
  const ends = extremes(planes.map((plane) => plane.deltaT).filter((time) => time !== null));
  if (ends === null || ends[0].value === ends[1].value) return "";
  const value = ends[1].value - ends[0].value;
  return w("acquisition.span", { value: quantity({ value, unit: ends[1].unit }) });
}

/** Least and most of values that have one unit; null when they have not. */
function extremes(values: readonly Quantity[]): [Quantity, Quantity] | null {
  const [first] = values;
  if (first === undefined || values.some((each) => each.unit !== first.unit)) return null;
  const numbers = values.map((each) => each.value);
  return [
    { value: Math.min(...numbers), unit: first.unit },
    { value: Math.max(...numbers), unit: first.unit },
  ];
}

function quantityOf(value: Quantity | null | undefined): string {
  return value == null ? "" : quantity(value);
}

function worded(
  word: "acquisition.excited" | "acquisition.emitted" | "acquisition.pinhole",
  value: Quantity | null,
): string {
  return value === null ? "" : w(word, { value: quantity(value) });
}

/** OME writes percents as parts of one. */
function percent(
  word: "acquisition.humidity" | "acquisition.co2",
  part: number | null | undefined,
): string {
  return part == null ? "" : w(word, { value: decimal(part <= 1 ? part * 100 : part, 1) });
}

function joined(parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part != null && part !== "").join(", ");
}
