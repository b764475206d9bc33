/** What a job is given: a file on disk, what came on standard input, a file that the runner fetches. */
import { basename } from "node:path";
import { FileOnDisk } from "./file-on-disk.ts";

export type InputSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "data"; readonly name: string; readonly data: Blob }
  | { readonly kind: "url"; readonly url: string };

/** A file on disk by its absolute path. */
export const fileSource = (path: string): InputSource => ({ kind: "file", path });

/** What the input is called. */
export function sourceName(source: InputSource): string {
  if (source.kind === "url") return basename(new URL(source.url).pathname) || new URL(source.url).hostname;
  return source.kind === "file" ? basename(source.path) : source.name;
}

/** The files on disk among them. */
export const pathsOf = (sources: readonly InputSource[]): string[] =>
  sources.flatMap((source) => (source.kind === "file" ? [source.path] : []));

/** What is sent; a file is read as it goes. */
export async function openSource(source: Exclude<InputSource, { kind: "url" }>): Promise<Blob> {
  return source.kind === "data" ? source.data : new FileOnDisk(source.path);
}
