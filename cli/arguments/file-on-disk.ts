/**
 * A file on disk as a `File`, for the client. Node's own `openAsBlob` keeps 32 bits of a file's size: one of 5,000,000,000 bytes
 * becomes one of 705,032,704 without a word (v22.23.3).
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";

/** Nothing is read before it is asked for, and nothing is kept. */
export class FileOnDisk extends File {
  readonly #path: string;
  /** Epoch ms, with fractions. */
  readonly #changedAt: number;

  /** Throws what the file system says, e.g. ENOENT. */
  constructor(path: string) {
    const { size, mtimeMs } = statSync(path);
    // By name and time it is known again when it was sent before, in part or wholly.
    super([], basename(path), { lastModified: Math.round(mtimeMs) });
    this.#path = path;
    this.#changedAt = mtimeMs;
    // The accessor of `File` tells of the bytes that it was made of, none.
    Object.defineProperty(this, "size", { value: size });
  }

  /**
   * A piece of the file, which is read here and now: slice what is needed next, not all at once. Throws when the file is no
   * longer the one that it was: half of each would be sent.
   */
  override slice(start = 0, end = this.size, type = ""): Blob {
    const [from, to] = [this.#place(start), this.#place(end)];
    const bytes = new Uint8Array(Math.max(to - from, 0));
    const file = openSync(this.#path, "r");
    try {
      let read = 0;
      for (let count = -1; read < bytes.length && count !== 0; read += count)
        count = readSync(file, bytes, read, bytes.length - read, from + read);
      const { size, mtimeMs } = fstatSync(file);
      if (read < bytes.length || size !== this.size || mtimeMs !== this.#changedAt)
        throw new Error(`${this.#path} was changed while it was read. Try again.`);
    } finally {
      closeSync(file);
    }
    return new Blob([bytes], { type });
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.slice().arrayBuffer();
  }

  /** As `Blob.slice` has it: places before the start count from the end. */
  #place(at: number): number {
    return at < 0 ? Math.max(this.size + at, 0) : Math.min(at, this.size);
  }
}
