/** Files that are made for a person and handed to the browser. */

import { httpError, offlineError } from "../api/errors";
import { noticed } from "../api/gql";
import { fileName, offer } from "../ui/files";
import { type Figure, figureForm } from "./model";

/** Have the server draw a figure, and give it to the browser as a download. */
export async function downloadFigure(
  figure: Figure,
  format: string,
  dpi: number,
  signal: AbortSignal,
): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/figures", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ format, dpi, figure: figureForm(figure) }),
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineError();
  }
  if (!response.ok)
    throw noticed(httpError(response.status, await response.json().catch(() => null)));
  offer(fileName(figure.name, "figure", format), await response.blob());
}
