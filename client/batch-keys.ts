/** Names for the jobs of a batch that are made of one file each. Pure. */

/** The contract allows 64 characters; some are left for what tells two of the same name apart, or a step of a chain. */
const MAX_CHARS = 40;

/**
 * A key for each file, in order: its name without the extension, in letters that a key may hold, and a number where two
 * would be the same. Keys are also the names of the folders in the batch's archive. They differ when case is ignored, too:
 * not every disk tells `Logo` from `logo`.
 */
export function batchKeys(filenames: readonly string[]): string[] {
  const taken = new Set<string>();
  return filenames.map((filename) => {
    const stem = filename
      .replace(/\.[^.]*$/, "")
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/[^A-Za-z0-9_.-]+/g, "-")
      .replace(/^[.-]+|[.-]+$/g, "")
      .slice(0, MAX_CHARS);
    const name = stem === "" ? "file" : stem;
    let key = name;
    for (let n = 2; taken.has(key.toLowerCase()); n++) key = `${name}-${n}`;
    taken.add(key.toLowerCase());
    return key;
  });
}
