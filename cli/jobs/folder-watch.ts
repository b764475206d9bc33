/**
 * New and changed files of one folder, each once it is complete. Looks again and again instead of waiting for the system's
 * word, which network folders don't give. Files in folders below are not looked at, so results may lie there.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Looks in a row at which a file must be the same to be taken for complete. */
const STABLE_LOOKS = 2;

export interface FoundFile {
  readonly name: string;
  readonly path: string;
  /** SHA-256 of its content, in hex. */
  readonly sha256: string;
}

interface Seen {
  /** Size and time of the last change. */
  readonly stamp: string;
  readonly looks: number;
  /** Whether it was handed out like this. */
  readonly taken: boolean;
}

export class FolderWatch {
  readonly #dir: string;
  readonly #wanted: (name: string) => boolean;
  #seen = new Map<string, Seen>();

  /** `wanted` decides by the name; hidden files never are. */
  constructor(dir: string, wanted: (name: string) => boolean) {
    this.#dir = dir;
    this.#wanted = wanted;
  }

  /** The files that have become complete since the last look, in the order of their names. Throws when the folder is gone. */
  async look(): Promise<FoundFile[]> {
    const entries = await readdir(this.#dir, { withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.name.startsWith(".") && this.#wanted(entry.name))
      .map(({ name }) => name);
    const now = new Map<string, Seen>();
    const found: FoundFile[] = [];
    for (const name of names.sort()) {
      const path = join(this.#dir, name);
      const stamp = await stampOf(path);
      if (stamp === null) continue;
      const before = this.#seen.get(name);
      const same = before?.stamp === stamp;
      const seen = { stamp, looks: same ? before.looks + 1 : 0, taken: same && before.taken };
      now.set(name, seen);
      if (seen.taken || seen.looks < STABLE_LOOKS) continue;
      const sha256 = await hashOf(path).catch(() => null);
      // It was written to while it was read: that shows at the next look.
      if (sha256 === null || (await stampOf(path)) !== stamp) continue;
      now.set(name, { ...seen, taken: true });
      found.push({ name, path, sha256 });
    }
    this.#seen = now;
    return found;
  }

  /** Takes the file for new again, though it has not changed. */
  forget(name: string): void {
    this.#seen.delete(name);
  }
}

/** Null for what is no file with content, or is gone. */
async function stampOf(path: string): Promise<string | null> {
  const info = await stat(path).catch(() => null);
  return info?.isFile() && info.size > 0 ? `${info.size} ${info.mtimeMs}` : null;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
