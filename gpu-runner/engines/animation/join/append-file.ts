/** Copies a file to the end of another, a piece at a time. */
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** Writes all of the file at `path` to where `file` stands. */
export async function appendFile(file: FileHandle, path: string): Promise<void> {
  for await (const piece of createReadStream(path)) await file.write(piece as Buffer);
}
