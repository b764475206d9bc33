/** Names of results inside a zip: the picture's own name and folders, another extension, none of them twice. */

/** Characters that file systems or shells take for something else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name.
const UNSAFE = /[\u0000-\u001f\u007f<>:"|?*\\]/g;

/**
 * One name for each file name, in order. Folders are kept, what leads out of the zip is not; names that are equal to one
 * before, whatever their case, get a number: `a.png`, `a (2).png`.
 */
export function resultNames(filenames: readonly string[], extension: string): string[] {
  const taken = new Set<string>();
  return filenames.map((filename) => {
    const base = cleanPath(filename).replace(/\.[^./]{1,5}$/, "");
    for (let copy = 1; ; copy++) {
      const name = `${base}${copy === 1 ? "" : ` (${copy})`}.${extension}`;
      if (taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      return name;
    }
  });
}

function cleanPath(filename: string): string {
  const parts = filename
    .split("/")
    .map((part) => part.replace(UNSAFE, "_").trim())
    .filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.join("/") || "picture";
}
