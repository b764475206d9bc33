/**
 * Which uploads were begun with which files, so that picking the same file again goes on where it was, after a reload or
 * another day. A file is known by name, size, time and type, the server and whose upload it is; whether it really is the
 * same one is checked before it is believed.
 */
import { hash } from "fast-sha256";
import { toHex } from "../verified-download.ts";

/** Where it is kept. A browser's `localStorage` is one. */
export interface KeyValueStore {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
}

/** What is known of a file before it is read. */
export interface FileFacts {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Epoch ms; 0 when it is not known. */
  readonly lastModified: number;
}

interface Remembered {
  readonly id: string;
  /** Epoch ms: after it, the server has dropped the upload. */
  readonly expiresAt: number;
}

const KEY = "kiln-uploads";
/** An upload that ends sooner is not gone on with: a job must still get hold of it. */
const MIN_LEFT_MS = 10 * 60_000;
/** The oldest make room. */
const MAX_ENTRIES = 1_000;

export class UploadMemory {
  readonly #store: KeyValueStore;
  /** Hash of server and credentials: nothing that is kept tells who somebody is. */
  readonly #owner: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: KeyValueStore, owner: string) {
    this.#store = store;
    this.#owner = owner;
  }

  /** The id of the upload that was begun with this file, or null. */
  async find(file: FileFacts): Promise<string | null> {
    const entry = (await this.#read())[this.#fingerprint(file)];
    return entry && entry.expiresAt > Date.now() + MIN_LEFT_MS ? entry.id : null;
  }

  /** Notes an upload. */
  remember(file: FileFacts, { id, expiresAt }: Remembered): Promise<void> {
    return this.#change((entries) => ({ ...entries, [this.#fingerprint(file)]: { id, expiresAt } }));
  }

  forget(file: FileFacts): Promise<void> {
    return this.#change(({ [this.#fingerprint(file)]: _, ...others }) => others);
  }

  /** One after the other, so that files that are sent side by side do not lose each other's notes. */
  #change(change: (entries: Record<string, Remembered>) => Record<string, Remembered>): Promise<void> {
    const changed = this.#last.then(async () => {
      const now = Date.now();
      const live = Object.entries(change(await this.#read())).filter(([, { expiresAt }]) => expiresAt > now);
      await this.#store.setItem(KEY, JSON.stringify(Object.fromEntries(live.slice(-MAX_ENTRIES))));
    });
    // A store that is full or forbidden costs the resuming, not the upload.
    this.#last = changed.catch(() => undefined);
    return this.#last as Promise<void>;
  }

  async #read(): Promise<Record<string, Remembered>> {
    try {
      return (JSON.parse((await this.#store.getItem(KEY)) ?? "{}") ?? {}) as Record<string, Remembered>;
    } catch {
      return {};
    }
  }

  #fingerprint({ name, size, type, lastModified }: FileFacts): string {
    return digest([this.#owner, name, size, type, lastModified]);
  }
}

/** A name for values that does not tell them. */
export function digest(values: readonly (string | number)[]): string {
  return toHex(hash(new TextEncoder().encode(JSON.stringify(values)))).slice(0, 32);
}
