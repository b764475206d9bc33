/** The files of a drop or a paste, those inside dropped folders included, in the order people expect of their names. */

/** Folders deeper or larger than this are not walked to their end: nobody means to send a whole disk. */
const MAX_DEPTH = 8;
const MAX_FOUND = 5_000;

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Orders names as people do: `frame2.png` before `frame10.png`. */
export const byName = (a: string, b: string): number => collator.compare(a, b);

interface Found {
  /** With its folders. */
  readonly path: string;
  readonly file: File;
}

/** What systems leave in folders without telling anybody. */
const isHidden = (name: string): boolean => name.startsWith(".") || name === "Thumbs.db" || name === "__MACOSX";

/** All files in it, in natural order of their paths. What can't be read is left out. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // Entries and files must be taken before the first wait: the DataTransfer is empty afterwards.
  const plain = [...data.files];
  const entries = [...data.items].flatMap((item) => {
    const entry = item.kind === "file" ? (item.webkitGetAsEntry?.() ?? null) : null;
    return entry ? [entry] : [];
  });
  if (!entries.some((entry) => entry.isDirectory)) return plain.toSorted((a, b) => byName(a.name, b.name));
  const found: Found[] = [];
  for (const entry of entries) await walk(entry, 0, found);
  return inOrder(found);
}

/** The files of a chosen folder, hidden ones left out, in natural order of their paths. */
export function folderFiles(files: Iterable<File>): File[] {
  return inOrder(
    [...files]
      .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
      .filter(({ path }) => !path.split("/").some(isHidden)),
  );
}

const inOrder = (found: readonly Found[]): File[] =>
  found.toSorted((a, b) => byName(a.path, b.path)).map(({ file }) => file);

async function walk(entry: FileSystemEntry, depth: number, found: Found[]): Promise<void> {
  if (found.length >= MAX_FOUND || (depth > 0 && isHidden(entry.name))) return;
  if (entry.isFile) {
    const file = await readFile(entry as FileSystemFileEntry);
    if (file) found.push({ path: entry.fullPath, file });
    return;
  }
  if (depth >= MAX_DEPTH) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A folder is read in batches of about a hundred; an empty batch is its end.
  for (;;) {
    const batch = await readBatch(reader);
    if (batch.length === 0) return;
    for (const inside of batch) await walk(inside, depth + 1, found);
  }
}

const readFile = (entry: FileSystemFileEntry): Promise<File | null> =>
  new Promise((resolve) => entry.file(resolve, () => resolve(null)));

const readBatch = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
