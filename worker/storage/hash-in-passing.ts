/** The hash of bytes that are on their way somewhere, without keeping them. */
import { toHex } from "../domain/identifiers.ts";

export interface HashedBody {
  /** The same bytes, to be sent on; of the same known length. */
  readonly body: ReadableStream | ArrayBuffer;
  /** Hex, once all of `body` was read; null when it broke off. */
  readonly sha256: Promise<string | null>;
  /** How many bytes have been read so far. */
  moved(): number;
}

/** `body`, whose SHA-256 is taken while it is read. What one reader is ahead of the other is kept in memory. */
export function hashInPassing(body: ReadableStream | ArrayBuffer): HashedBody {
  const digest = new crypto.DigestStream("SHA-256");
  if (body instanceof ArrayBuffer) {
    return { body, sha256: crypto.subtle.digest("SHA-256", body).then(hexOf), moved: () => body.byteLength };
  }
  const [onward, toHash] = body.tee();
  // Without this, a body that breaks off before anybody asks for its hash would be an error that nobody handles.
  digest.digest.catch(() => undefined);
  const sha256 = toHash
    .pipeTo(digest)
    .then(() => digest.digest)
    .then(hexOf)
    .catch(() => null);
  return { body: onward, sha256, moved: () => Number(digest.bytesWritten) };
}

function hexOf(digest: ArrayBuffer): string {
  return toHex(new Uint8Array(digest));
}
