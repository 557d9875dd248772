/** Files that are made here and handed to the browser. */

/** Have the browser fetch an address as a file. */
export function handOut(address: string, name = ""): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Give the browser a file to keep. */
export function offer(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  handOut(address, name);
  // The browser has begun to copy by then.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The name of a file after something that may be called anything. */
export function fileName(name: string, otherwise: string, ending: string): string {
  return `${name.replace(/[\\/:*?"<>|]/g, "_").trim() || otherwise}.${ending}`;
}

export const CSV = { type: "text/csv;charset=utf-8" };
