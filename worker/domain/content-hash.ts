/**
 * Names for what is in a file: equal names mean equal bytes. Of a file that came in one piece it is its SHA-256; of one that
 * came in parts, which pass through one by one, the SHA-256 over those of its parts. So every upload has a name without
 * being read a second time, and the same file has the same one each time, as all parts but the last have the same size.
 */
import { toHex } from "./identifiers.ts";

/** The name of a file whose SHA-256 is known, in hex. */
export function contentOfFile(sha256: string): string {
  return `sha256:${sha256}`;
}

/** The name of a file of parts of `partBytes` bytes; the SHA-256 of each in hex, in order. */
export async function contentOfParts(partBytes: number, parts: readonly string[]): Promise<string> {
  return `parts-${partBytes}:${await sha256Hex(parts.join(","))}`;
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
