/**
 * Sends files: straight to signed URLs, in one PUT or in parts. What was sent before an interruption is not sent again: the
 * server lists the parts it lacks, each with a fresh URL, and the checksums of those it has.
 */
import { SINGLE_PUT_MAX_BYTES } from "#contract/limits.ts";
import type { CreateUploadRequest, Upload } from "#contract/upload.ts";
import { KilnError } from "../kiln-error.ts";
import type { Transport } from "../transport.ts";
import { toHex } from "../verified-download.ts";
import { browserConnectivity, type Connectivity } from "./connectivity.ts";
import { sha256Of } from "./part-digest.ts";
import { type Line, pieceOf, sendParts } from "./send-parts.ts";
import { Slots } from "./slots.ts";
import { type FileFacts, type KeyValueStore, UploadMemory } from "./upload-memory.ts";

export interface UploadOptions {
  /** What the file is called; default: the name of a `File`, else "file". */
  readonly filename?: string;
  readonly contentType?: string;
  /** Goes on with this upload instead of starting one. The file must be the one it was begun with. */
  readonly resume?: string;
  /** When the file was changed, epoch ms: with `uploadStore`, what tells it from another of its name. Default: a `File`'s own. */
  readonly lastModified?: number;
  /** Called with the bytes sent so far, those of an earlier try included. Never goes back. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
  /**
   * What becomes of an upload whose signal aborts: `keep` it, to be resumed within its time (24 h), or `discard` it and all
   * that was sent. Default `keep`.
   */
  readonly onAbort?: "keep" | "discard";
}

/** One of many files. */
export interface UploadedFile extends Pick<UploadOptions, "filename" | "contentType" | "lastModified"> {
  readonly file: Blob;
  /** Called with the bytes of this file. */
  readonly onProgress?: (sentBytes: number) => void;
}

export interface UploadAllOptions extends Pick<UploadOptions, "signal" | "onAbort"> {
  /** Called with the bytes of all files. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
}

export interface UploaderOptions {
  /** Remembers uploads across reloads and runs, e.g. `localStorage`. Without it each call starts anew. */
  readonly uploadStore?: KeyValueStore;
  /** Default: what the browser says, where there is one. */
  readonly connectivity?: Connectivity;
}

/** Signed URLs live for minutes: on a slow line they run out and are asked for again, this many times. */
const MAX_ROUNDS = 20;
/** Requests with bytes at a time, of all files of one client: what browsers open to one server. */
const MAX_PARTS_AT_ONCE = 6;
/** Storage puts all parts together before it answers: of 5 GB that may take minutes. */
const COMPLETE_TIMEOUT_MS = 10 * 60_000;
/** Files at a time: while one is announced or completed, others send. */
const MAX_FILES_AT_ONCE = 6;

/** The uploads of one client. */
export class Uploader {
  readonly #line: Line;
  readonly #memory: UploadMemory | null;

  constructor(transport: Transport, { uploadStore, connectivity = browserConnectivity() }: UploaderOptions = {}) {
    this.#line = { transport, connectivity, slots: new Slots(MAX_PARTS_AT_ONCE) };
    this.#memory = uploadStore ? new UploadMemory(uploadStore, transport.identity) : null;
  }

  /** Sends the file and completes the upload, which can then be an input of a job. */
  async upload(file: Blob, options: UploadOptions = {}): Promise<Upload> {
    const { signal, onAbort = "keep" } = options;
    const opened = await this.#open(file, options);
    try {
      return await this.#send(file, opened, options);
    } catch (error) {
      if (signal?.aborted && onAbort === "discard") await this.#discard(file, opened.id, options);
      throw error;
    }
  }

  /** Sends many files, a few at a time; resolves with their uploads in the same order. The first failure ends all. */
  async uploadAll(files: readonly UploadedFile[], options: UploadAllOptions = {}): Promise<Upload[]> {
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
    const sent = new Array<number>(files.length).fill(0);
    let sentBytes = 0;
    const uploads: Upload[] = [];
    const places = new Slots(MAX_FILES_AT_ONCE);
    const sendOne = async ({ file, onProgress: tell, ...named }: UploadedFile, index: number): Promise<void> => {
      signal.throwIfAborted();
      const onProgress = (bytes: number) => {
        sentBytes += bytes - (sent[index] as number);
        sent[index] = bytes;
        tell?.(bytes);
        options.onProgress?.(sentBytes, totalBytes);
      };
      uploads[index] = await this.upload(file, { ...named, onProgress, signal, onAbort: options.onAbort });
    };
    const all = files.map((one, index) =>
      places
        .run(() => sendOne(one, index))
        .catch((error: unknown) => {
          failed.abort(error);
          throw error;
        }),
    );
    // Nothing is on its way any more when this ends.
    const outcomes = await Promise.allSettled(all);
    const lost = outcomes.find((outcome) => outcome.status === "rejected");
    if (lost) throw signal.aborted ? signal.reason : lost.reason;
    return uploads;
  }

  async #send(file: Blob, opened: Upload, { onProgress, signal }: UploadOptions): Promise<Upload> {
    const { transport } = this.#line;
    const path = `/v1/uploads/${opened.id}`;
    let furthest = -1;
    const told = (bytes: number) => {
      // What is sent again, after an error or with a fresh URL, begins anew; what was told before stays told.
      if (bytes <= furthest) return;
      furthest = bytes;
      onProgress?.(bytes, file.size);
    };
    let upload = opened;
    for (let round = 1; upload.state === "pending" && upload.targets.length > 0; round++) {
      const lost = await sendParts(this.#line, file, upload, { onProgress: told, signal });
      if (lost === null) break;
      // A round that brought no part further does not get better by another one.
      const refreshed = await transport.json<Upload>(path, { signal });
      if (round >= MAX_ROUNDS || refreshed.targets.length >= upload.targets.length) throw lost;
      upload = refreshed;
    }
    // Of parts whose answer was lost it shows only now that they are there.
    told(file.size);
    if (upload.state === "complete") return upload;
    const completing = { method: "POST", repeatable: true, signal, timeoutMs: COMPLETE_TIMEOUT_MS } as const;
    return transport.json<Upload>(`${path}/complete`, completing);
  }

  /** The upload to go on with: the one asked for, the one that is remembered, or a new one. */
  async #open(file: Blob, options: UploadOptions): Promise<Upload> {
    await this.#line.connectivity.untilOnline(options.signal);
    if (options.resume) {
      const upload = await this.#read(options.resume, options.signal);
      const difference = await differenceTo(file, upload);
      if (difference) throw new TypeError(difference);
      return upload;
    }
    return (await this.#remembered(file, options)) ?? (await this.#begin(file, options));
  }

  async #remembered(file: Blob, options: UploadOptions): Promise<Upload | null> {
    const id = await this.#memory?.find(factsOf(file, options));
    if (!id) return null;
    try {
      const upload = await this.#read(id, options.signal);
      if ((await differenceTo(file, upload)) === null) return upload;
    } catch (error) {
      if (!(error instanceof KilnError && (error.code === "upload_not_found" || error.code === "gone"))) throw error;
    }
    await this.#memory?.forget(factsOf(file, options));
    return null;
  }

  async #begin(file: Blob, options: UploadOptions): Promise<Upload> {
    const { name, size, type } = factsOf(file, options);
    const request: CreateUploadRequest = {
      filename: name,
      bytes: size,
      ...(type ? { contentType: type } : {}),
      // Larger ones are checked part by part: to announce this, all of it would have to be read before the first byte is sent.
      ...(size <= SINGLE_PUT_MAX_BYTES ? { sha256: toHex(await sha256Of(file)) } : {}),
    };
    // An upload that is created twice costs nothing: the unused one is dropped after a day.
    const sending = { method: "POST", json: request, repeatable: true, signal: options.signal } as const;
    const upload = await this.#line.transport.json<Upload>("/v1/uploads", sending);
    await this.#memory?.remember(factsOf(file, options), upload);
    return upload;
  }

  #read(id: string, signal: AbortSignal | undefined): Promise<Upload> {
    return this.#line.transport.json<Upload>(`/v1/uploads/${encodeURIComponent(id)}`, { signal });
  }

  /** Whoever has aborted waits for no retries: what is not deleted now, the server drops after a day. */
  async #discard(file: Blob, id: string, options: UploadOptions): Promise<void> {
    await this.#memory?.forget(factsOf(file, options));
    const deleting = { method: "DELETE", repeatable: false } as const;
    await this.#line.transport.request(`/v1/uploads/${id}`, deleting).catch(() => undefined);
  }
}

function factsOf(file: Blob, { filename, contentType, lastModified }: UploadOptions): FileFacts {
  const { name, lastModified: changed } = file as Partial<File>;
  return {
    name: filename ?? name ?? "file",
    size: file.size,
    type: contentType ?? file.type,
    lastModified: lastModified ?? changed ?? 0,
  };
}

/** Why the upload can't be gone on with by this file, as a sentence; null when it can. */
async function differenceTo(file: Blob, upload: Upload): Promise<string | null> {
  if (upload.state !== "pending" && upload.state !== "complete") return "The upload has ended. Send the file anew.";
  if (upload.bytes !== file.size)
    return `The upload was begun with a file of ${upload.bytes} bytes, this one has ${file.size}.`;
  for (const { partNumber, bytes, sha256 } of upload.parts) {
    if (!sha256) continue;
    if (toHex(await sha256Of(pieceOf(file, upload, { partNumber, bytes }))) !== sha256)
      return `The upload was begun with another file: part ${partNumber} is not the same.`;
  }
  return null;
}
