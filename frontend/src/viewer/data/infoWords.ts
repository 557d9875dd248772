/** Words of the information panel. */

import { translator } from "../../i18n";

const messages = {
  "info.image": "Image",
  "info.name": "Name",
  "info.description": "Description",
  "info.acquired": "Acquired",
  "info.imported": "Imported",
  "info.owner": "Owner",
  "info.group": "Group",
  "info.pixels": "Pixels",
  "info.size": "Size",
  "info.planes": "Planes",
  "info.planesText":
    "{z} {z|plane|planes} × {c} {c|channel|channels} × {t} {t|time point|time points}",
  "info.type": "Type",
  "info.typeBits": "{type}, {bits} bits used",
  "info.pixelSize": "Pixel size",
  "info.field": "Field of view",
  "info.zStep": "Z step",
  "info.timeStep": "Time step",
  "info.levels": "Resolutions",
  "info.channel": "Channel {number}: {name}",
  "info.emission": "Emission",
  "info.excitation": "Excitation",
  "info.fluor": "Fluorophore",
  "info.contrast": "Contrast",
  "info.file": "File",
  "info.format": "Format",
  "info.files": "Files",
  "info.fileNames": "{name} and {count} more",
  "info.series": "Series",
  "info.total": "Size on disk",
} as const;

export const w = translator<keyof typeof messages>(messages);
