/** URLs of chosen files, one per file. The bytes stay where they are; a URL goes when the page does. */
const urls = new WeakMap<File, string>();

/** The `blob:` URL of a file. */
export function objectUrl(file: File): string {
  const known = urls.get(file);
  if (known) return known;
  const url = URL.createObjectURL(file);
  urls.set(file, url);
  return url;
}
