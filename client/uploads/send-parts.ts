/** Sends the missing parts of an upload to their signed URLs, several at a time, each with its checksum. */
import type { PartTarget, Upload } from "#contract/upload.ts";
import { KilnError } from "../kiln-error.ts";
import { patiently } from "../patience.ts";
import type { Transport } from "../transport.ts";
import type { Connectivity } from "./connectivity.ts";
import { contentDigest, sha256Of } from "./part-digest.ts";
import type { Slots } from "./slots.ts";

/** What all uploads of a client share. */
export interface Line {
  readonly transport: Transport;
  readonly connectivity: Connectivity;
  /** Parts on their way at a time, of all files together. */
  readonly slots: Slots;
}

interface SendOptions {
  /** Called with the bytes that the server has or that are on their way; fewer when a part begins anew. */
  readonly onProgress?: (sentBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Of one file; the slots are for all. */
const PARALLEL_PARTS = 4;

/**
 * Sends all missing parts.
 * @returns null when all are there, or the error of a URL that has expired meanwhile: ask for fresh ones and go on
 */
export async function sendParts(
  line: Line,
  file: Blob,
  upload: Upload,
  { onProgress, signal }: SendOptions,
): Promise<KilnError | null> {
  const queue = [...upload.targets];
  const progress = new PartProgress(upload, onProgress);
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let expired: KilnError | null = null;
  let failure: { readonly cause: unknown } | null = null;
  const sendQueued = async (): Promise<void> => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const { partNumber, bytes } = target;
      const onSent = (now: number) => progress.tell(partNumber, Math.min(now, bytes));
      await line.slots.run(() => sendPart(line, pieceOf(file, upload, target), target.url, { onSent, signal: either }));
      onSent(bytes);
    }
  };
  const worker = () =>
    sendQueued().catch((error: unknown) => {
      queue.length = 0;
      // Parts that are on their way come to their end; only what can't be mended stops them.
      if (error instanceof KilnError && error.code === "signature_invalid") expired ??= error;
      else {
        failure ??= { cause: error };
        stop.abort(error);
      }
    });
  await Promise.all(Array.from({ length: PARALLEL_PARTS }, worker));
  signal?.throwIfAborted();
  const { cause } = (failure as { readonly cause: unknown } | null) ?? {};
  if (cause !== undefined) throw cause;
  return expired;
}

/** The bytes of a part. Without a type of its own: the upload has one. */
export function pieceOf(file: Blob, { partBytes }: Upload, { partNumber, bytes }: Omit<PartTarget, "url">): Blob {
  const start = (partNumber - 1) * partBytes;
  return file.slice(start, start + bytes);
}

/** Sends one part. A lost network is waited for; a server that is silent is given minutes. */
async function sendPart(
  { transport, connectivity }: Line,
  piece: Blob,
  url: string,
  { onSent, signal }: { onSent: (bytes: number) => void; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const headers = { "Content-Digest": contentDigest(await sha256Of(piece)) };
  const send = async (): Promise<void> => {
    await connectivity.untilOnline(signal);
    const response = await transport.send(url, { method: "PUT", body: piece, headers, onSent, signal });
    await response.body?.cancel();
  };
  await patiently(send, transport, signal);
}

/** How far an upload is. */
class PartProgress {
  readonly #had: number;
  readonly #sent = new Map<number, number>();
  readonly #onProgress: ((bytes: number) => void) | undefined;

  constructor({ parts }: Upload, onProgress: ((bytes: number) => void) | undefined) {
    this.#had = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#onProgress = onProgress;
    this.#tell();
  }

  /** `bytes` of the part are there or on their way. */
  tell(partNumber: number, bytes: number): void {
    this.#sent.set(partNumber, bytes);
    this.#tell();
  }

  #tell(): void {
    this.#onProgress?.([...this.#sent.values()].reduce((sum, bytes) => sum + bytes, this.#had));
  }
}
