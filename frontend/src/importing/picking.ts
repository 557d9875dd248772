/** What a person dropped or chose: files with the folders that they are in. */

export interface Picked {
  /** With the folders below the one that was dropped, such as `run 1/a.nd2`. */
  readonly path: string;
  readonly file: File;
}

/** More at once make a browser slow. */
export const MOST_FILES = 100_000;
const JUNK = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/i;

/** Files of a file dialog. */
export function chosen(files: Iterable<File>): Picked[] {
  const all = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return all.filter(isWanted).slice(0, MOST_FILES);
}

/** Files and folders of a drop. Ask while the event is handled: a drop is empty afterwards. */
export async function dropped(transfer: DataTransfer): Promise<Picked[]> {
  const entries: FileSystemEntry[] = [];
  for (const item of transfer.items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    if (entry !== null) entries.push(entry);
  }
  if (entries.length === 0) return chosen(transfer.files);
  return walked(entries);
}

async function walked(waiting: FileSystemEntry[]): Promise<Picked[]> {
  const found: Picked[] = [];
  for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
    if (found.length >= MOST_FILES) break;
    if (entry.isDirectory) waiting.push(...(await inside(entry as FileSystemDirectoryEntry)));
    else {
      const file = await fileOf(entry as FileSystemFileEntry);
      const picked = file && { path: entry.fullPath.replace(/^\/+/, ""), file };
      if (picked !== null && isWanted(picked)) found.push(picked);
    }
  }
  return found;
}

/** The browser gives a folder's entries some at a time. */
async function inside(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (some.length === 0) return found;
    found.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => {
    entry.file(resolve, () => resolve(null));
  });
}

function isWanted({ path }: Picked): boolean {
  return !JUNK.test(path.slice(path.lastIndexOf("/") + 1));
}

/** Files that are imported together: those of a folder, and those in none. */
export function together(picked: readonly Picked[]): { folder: string; files: Picked[] }[] {
  const groups = new Map<string, Picked[]>();
  for (const each of picked) {
    const slash = each.path.indexOf("/");
    const folder = slash < 0 ? "" : each.path.slice(0, slash);
    const group = groups.get(folder);
    if (group === undefined) groups.set(folder, [each]);
    else group.push(each);
  }
  return [...groups].map(([folder, files]) => ({ folder, files }));
}
