/**
 * The checkpoints of one attempt, kept by the Worker. A checkpoint only saves time: one that is damaged, gone or can't be
 * kept is logged and done without. What ends the attempt (a lost lease, its signal) is passed on.
 */
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Checkpoint, Lease } from "#contract/runner-api.ts";
import type { Checkpoints } from "../jobs/job.ts";
import { ApiError, LeaseLostError, type RunnerApi } from "../runner-api.ts";
import { errorText, type RunnerLog } from "../runner-log.ts";
import { hashStream } from "./hash-stream.ts";
import type { Workspace } from "./workspace.ts";

/** A file is read in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

export interface AttemptCheckpointsOptions {
  readonly lease: Lease;
  readonly api: Pick<RunnerApi, "putCheckpoint" | "listCheckpoints" | "download">;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  readonly log: RunnerLog;
}

/** `url` is unknown of one that this attempt has written since the list was read. */
type Known = Omit<Checkpoint, "url"> & { readonly url: string | null };

export class AttemptCheckpoints implements Checkpoints {
  readonly #options: AttemptCheckpointsOptions;
  #known: Promise<Map<string, Known>> | undefined;

  constructor(options: AttemptCheckpointsOptions) {
    this.#options = options;
  }

  async names(): Promise<readonly string[]> {
    return [...(await this.#list()).keys()].sort();
  }

  async read(name: string, path: string): Promise<boolean> {
    const known = (await this.#list()).get(name);
    if (!known) return false;
    if (await this.#fetch(known, path)) return true;
    // Its address is not known yet, has expired, or leads to one that was replaced: ask once more.
    this.#known = undefined;
    const fresh = (await this.#list()).get(name);
    if (fresh && (await this.#fetch(fresh, path))) return true;
    (await this.#list()).delete(name);
    return false;
  }

  /** Reads one that somebody else has written since the list was read. */
  async readNew(name: string, path: string): Promise<boolean> {
    if (!(await this.#list()).has(name)) this.#known = undefined;
    return this.read(name, path);
  }

  async write(name: string, path: string): Promise<void> {
    const { api, lease, signal } = this.#options;
    const known = await this.#list();
    await this.#orWithout(`checkpoint ${name} is not kept`, async () => {
      const file = await this.#openFile(path);
      try {
        const read = () => Readable.from(piecesOf(file), { objectMode: false });
        const facts = { name, ...(await hashStream(read())) };
        await api.putCheckpoint(lease, facts, read, signal);
        known.set(name, { ...facts, url: null });
      } finally {
        await file.close();
      }
    });
  }

  #list(): Promise<Map<string, Known>> {
    const { api, lease, signal } = this.#options;
    this.#known ??= this.#orWithout("checkpoints can't be listed", () => api.listCheckpoints(lease, signal)).then(
      (list = []) => new Map(list.map((checkpoint) => [checkpoint.name, checkpoint])),
    );
    return this.#known;
  }

  /** Brings a checkpoint to `path`. False when it is not there or not what was written. */
  async #fetch({ name, url, bytes, sha256 }: Known, path: string): Promise<boolean> {
    if (url === null) return false;
    const { api, workspace, signal } = this.#options;
    const arriving = workspace.privatePath();
    const isThere = await this.#orWithout(`checkpoint ${name} can't be read`, async () => {
      await api.download(url, arriving, bytes, signal);
      const received = await hashStream(createReadStream(arriving));
      if (received.sha256 !== sha256) throw new ApiError("download", null, "checksum_mismatch", "other content came");
      await workspace.giveToChildren(arriving);
      await workspace.assertInside(path);
      await rename(arriving, path); // a link that lies there is replaced, not followed
      return true;
    });
    if (!isThere) await rm(arriving, { force: true });
    return isThere ?? false;
  }

  /** A child wrote it, so it may be a link to something that only the runner may read. */
  async #openFile(path: string): Promise<FileHandle> {
    await this.#options.workspace.assertInside(path);
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new Error("not a regular file");
  }

  async #orWithout<T>(message: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof LeaseLostError || this.#options.signal.aborted) throw error;
      this.#options.log.warn(message, { error: errorText(error) });
      return undefined;
    }
  }
}

/** The file's bytes from the start. A stream of the file itself would close it when a try of the upload breaks off. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(PIECE_BYTES), position });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
