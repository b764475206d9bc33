/** The hash of bytes that are on their way somewhere, without keeping them. */
import { toHex } from "../domain/identifiers.ts";

export interface HashedBody {
  /** The same bytes, to be sent on; of known length, which R2 needs. */
  readonly body: ReadableStream;
  /** Hex, once all of `body` was read; null when it broke off. */
  readonly sha256: Promise<string | null>;
  /** How many bytes have been handed on so far. */
  moved(): number;
  /** Whether the sender is waited for, and not whoever takes the bytes. */
  awaitsSender(): boolean;
  /** Why the bytes broke off; undefined while they have not. */
  failure(): unknown;
}

/**
 * `source`, which has `bytes` bytes, hashed while it is read. Each piece is hashed and then handed on before the next one is
 * taken: nobody is ahead of anybody, so nothing piles up in memory, as it does behind the slower half of a `tee`.
 */
export function hashInPassing(source: AsyncIterable<Uint8Array>, bytes: number): HashedBody {
  const { readable, writable } = new FixedLengthStream(bytes);
  const progress: Progress = { moved: 0, awaitsSender: true, failure: undefined };
  const sha256 = pump(source, writable, progress).then(toHex, (error: unknown) => {
    progress.failure = error;
    return null;
  });
  return {
    body: readable,
    sha256,
    moved: () => progress.moved,
    awaitsSender: () => progress.awaitsSender,
    failure: () => progress.failure,
  };
}

interface Progress {
  moved: number;
  awaitsSender: boolean;
  failure: unknown;
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  progress: Progress,
): Promise<Uint8Array> {
  const digest = new crypto.DigestStream("SHA-256");
  // Without this, bytes that break off would be an error that nobody handles.
  digest.digest.catch(() => undefined);
  const [hash, out] = [digest.getWriter(), writable.getWriter()];
  try {
    for await (const piece of source) {
      progress.awaitsSender = false;
      await hash.write(piece);
      await out.write(piece);
      progress.moved += piece.byteLength;
      progress.awaitsSender = true;
    }
    progress.awaitsSender = false;
    await hash.close();
    await out.close();
    return new Uint8Array(await digest.digest);
  } catch (error) {
    await Promise.allSettled([out.abort(error), hash.abort(error)]);
    throw error;
  }
}
