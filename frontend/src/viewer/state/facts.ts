/** What the viewer needs to know about an image, independent of how the server says it. */

import type { ViewerImage } from "../data/imageQuery";

export interface Quantity {
  readonly value: number;
  /** The unit's symbol, e.g. "µm" or "s". */
  readonly unit: string;
}

export interface ChannelFacts {
  /** What people call it: its name, else its wavelength, else its number. */
  readonly label: string;
  readonly emission: Quantity | null;
  readonly excitation: Quantity | null;
  /** Smallest and largest value in the image as far as known. */
  readonly min: number;
  readonly max: number;
  /** Smallest and largest value the pixel type can hold. */
  readonly typeMin: number;
  readonly typeMax: number;
}

export interface Link {
  /** As addresses carry it: without its type. */
  readonly number: string;
  readonly name: string;
}

export interface ImageFacts {
  readonly id: string;
  readonly name: string;
  readonly project: Link | null;
  readonly dataset: Link | null;
  readonly thumbnailUrl: string;
  readonly tileUrl: string;
  /** Where the samples themselves are, and the version that is asked for. */
  readonly raw: { readonly template: string; readonly version: string };
  readonly histogramUrl: string;
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly pixelType: string;
  readonly integral: boolean;
  /** A colour photograph (stained slide): red, green and blue belong together. */
  readonly photograph: boolean;
  /** Whether channels are mapped to 256 levels; to fewer, only the server maps them. */
  readonly allLevels: boolean;
  readonly pixelSize: {
    readonly x: Quantity | null;
    readonly y: Quantity | null;
    readonly z: Quantity | null;
  };
  readonly timeStep: Quantity | null;
  readonly levels: readonly {
    readonly index: number;
    readonly width: number;
    readonly height: number;
  }[];
  readonly channels: readonly ChannelFacts[];
  /** The server's answer, of which the information panel lists all; null in tests. */
  readonly answer: ViewerImage | null;
}
