/** What a job is given: a file on disk, what came on standard input. */
import { openAsBlob } from "node:fs";
import { basename } from "node:path";

export type InputSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "data"; readonly name: string; readonly data: Blob };

/** A file on disk by its absolute path. */
export const fileSource = (path: string): InputSource => ({ kind: "file", path });

/** What the input is called. */
export const sourceName = (source: InputSource): string =>
  source.kind === "file" ? basename(source.path) : source.name;

/** Its content; a file is read as it is sent. */
export const openSource = (source: InputSource): Promise<Blob> =>
  source.kind === "file" ? openAsBlob(source.path) : Promise.resolve(source.data);
