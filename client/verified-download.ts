/**
 * A file of a job as it streams, held against its checksum in the manifest: what does not fit fails at the end of the
 * stream, so that who has read it whole knows that it is right. Web Crypto can't hash a stream. A line that breaks on the way
 * is made again for the rest.
 */
import { Hash } from "fast-sha256";
import { DamagedFileError, KilnUnreachableError } from "./kiln-error.ts";
import { readWithin } from "./patience.ts";

/** What a file is, and how the rest of it is asked for. */
export interface Download {
  readonly url: string;
  readonly name: string;
  /** In hex. */
  readonly sha256: string;
  /** Answers the bytes from `start` on. */
  readonly rest: (start: number) => Promise<Response>;
  readonly signal?: AbortSignal | undefined;
}

/** A line that says nothing for so long is taken for dead. */
const MAX_SILENCE_MS = 60_000;
/** Lines in a row that may break without a single byte before the download gives up. */
const MAX_FRUITLESS_LINES = 3;

/** The same answer, whose body goes on when the line breaks and ends with a `DamagedFileError` unless its SHA-256 is right. */
export function verified(response: Response, download: Download): Response {
  const hash = new Hash();
  let received = 0;
  let fruitless = 0;
  let reader = response.body?.getReader();
  const goOn = async (cause: unknown): Promise<void> => {
    download.signal?.throwIfAborted();
    await reader?.cancel().catch(() => undefined);
    const broken = new KilnUnreachableError(download.url, `${download.name} breaks off again and again`, cause);
    if (++fruitless > MAX_FRUITLESS_LINES) throw broken;
    const { status, body } = await download.rest(received);
    reader = body?.getReader();
    // Who sends all of it again instead of a part: that would not fit what is there.
    if (received > 0 && status !== 206) throw broken;
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        try {
          const value = reader && (await readWithin(reader, MAX_SILENCE_MS)).value;
          if (value) {
            hash.update(value);
            received += value.byteLength;
            fruitless = 0;
            return controller.enqueue(value);
          }
          if (toHex(hash.digest()) !== download.sha256) throw new DamagedFileError(download.name);
          return controller.close();
        } catch (error) {
          if (error instanceof DamagedFileError) throw error;
          await goOn(error);
        }
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
