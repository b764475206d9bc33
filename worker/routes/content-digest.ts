/** `Content-Digest: sha-256=:<base64>:` (RFC 9530): what the sender says its bytes hash to. */
import { toHex } from "../domain/identifiers.ts";
import { AppError } from "../errors.ts";

/** The SHA-256 in the header, in hex; null without the header, or when it names other algorithms only. */
export function readContentDigest(header: string | undefined): string | null {
  if (header === undefined) return null;
  const digests = header.split(",").map((part) => part.trim());
  const sha256 = digests.find((digest) => /^sha-256=/i.test(digest));
  if (!sha256) return null;
  const base64 = /^sha-256=:([A-Za-z0-9+/]{43}=):$/i.exec(sha256)?.[1];
  if (!base64)
    throw new AppError("invalid_request", "Content-Digest: write it as sha-256=:<the 32 bytes in base64>: (RFC 9530).");
  return toHex(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}
