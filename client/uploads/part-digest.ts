/** The SHA-256 of a piece of a file. Pages without TLS have no Web Crypto; for them it is computed here, slower. */
import { hash } from "fast-sha256";

/** Reads the piece once; it is in memory only until this resolves. */
export async function sha256Of(piece: Blob): Promise<Uint8Array> {
  const bytes = await piece.arrayBuffer();
  const subtle = (globalThis as { crypto?: Partial<typeof crypto> }).crypto?.subtle;
  return subtle ? new Uint8Array(await subtle.digest("SHA-256", bytes)) : hash(new Uint8Array(bytes));
}

/** `Content-Digest` of RFC 9530. */
export function contentDigest(sha256: Uint8Array): string {
  return `sha-256=:${btoa(String.fromCharCode(...sha256))}:`;
}
