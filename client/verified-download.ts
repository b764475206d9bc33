/**
 * A file of a job as it streams, held against its checksum in the manifest: what does not fit fails at the end of the
 * stream, so that who has read it whole knows that it is right. Web Crypto can't hash a stream.
 */
import { Hash } from "fast-sha256";
import { DamagedFileError } from "./kiln-error.ts";

/** The same answer, whose body ends with a `DamagedFileError` unless its SHA-256 is `sha256` (hex). */
export function verified(response: Response, name: string, sha256: string): Response {
  const hash = new Hash();
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      hash.update(chunk);
      controller.enqueue(chunk);
    },
    flush(controller) {
      if (toHex(hash.digest()) !== sha256) controller.error(new DamagedFileError(name));
    },
  });
  const body = response.body ?? new Response(new Uint8Array()).body;
  return new Response(body?.pipeThrough(check) ?? null, { status: response.status, headers: response.headers });
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
