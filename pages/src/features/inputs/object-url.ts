/**
 * URLs of chosen files and of pictures made of them. A URL keeps its bytes in the browser's memory, so it goes when nothing
 * holds the file any more: hundreds of photos are chosen, taken out and chosen again in one visit.
 */
const urls = new WeakMap<File, string>();
const left = new FinalizationRegistry<string>((url) => URL.revokeObjectURL(url));

/** The `blob:` URL of a file. */
export function objectUrl(file: File): string {
  const known = urls.get(file);
  if (known) return known;
  const url = urlOf(file, file);
  urls.set(file, url);
  return url;
}

/** A `blob:` URL of `blob` that lives as long as `file`. */
export function urlOf(blob: Blob, file: File): string {
  const url = URL.createObjectURL(blob);
  left.register(file, url);
  return url;
}
