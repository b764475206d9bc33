/** Ids that follow from others: whoever asks again for the same thing finds the one that is there. */

import { sha256Hex } from "../domain/content-hash.ts";
import { fromHex } from "../domain/identifiers.ts";

/** 16 bytes of the SHA-256 of `kind` and `parts`; as JSON, so that no part can run into the next. */
export async function derivedBytes(kind: "batch" | "client", ...parts: readonly string[]): Promise<Uint8Array> {
  return fromHex((await sha256Hex(JSON.stringify([kind, ...parts]))).slice(0, 32));
}
