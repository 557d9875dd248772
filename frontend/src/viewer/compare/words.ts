/** Words of images side by side. */

import { translator } from "../../i18n";

const messages = {
  "page.title": "Compare images",
  "page.label": "Images side by side",
  "pane.label": "Image {number}: {name}",
  "pane.close": "Take {name} away",
  "pane.open": "Open {name} alone",
  "pane.failed": "Image {id} could not be opened: {message}",
  "pane.gone": "There is no image {id} that you can see",
  "pane.opening": "Opening image {id}",
  "locks.label": "What all images share",
  "lock.v": "View",
  "lock.z": "Plane",
  "lock.t": "Time",
  "lock.c": "Channels",
  "add.label": "Add an image",
  "add.choose": "Add an image beside them",
  "add.number": "Number of an image",
  "add.act": "Add",
  "none.title": "No images to compare",
  "none.text": "Add one by its number, or press W in the viewer of an image.",
} as const;

export type CompareWord = keyof typeof messages;

export const c = translator<CompareWord>(messages);
