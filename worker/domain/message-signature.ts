/**
 * HMAC-SHA-256 over a text, in base64url: what signed URLs and share links are made of. Each kind of text begins with words
 * of its own, so that a signature of one is none of another. Compared by `crypto.subtle.verify`, in constant time.
 */

/** A signing key: its id goes with the signature. The secret has at least 32 bytes. */
export interface SigningKey {
  readonly kid: string;
  readonly secret: Uint8Array<ArrayBuffer>;
}

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/** The signature of `text`: 43 characters. */
export async function signText(text: string, { secret }: SigningKey): Promise<string> {
  const key = await crypto.subtle.importKey("raw", secret, ALGORITHM, false, ["sign"]);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}

/** Whether `signature` is that of `text`; null when it is no signature at all. */
export async function isSigned(text: string, signature: string, { secret }: SigningKey): Promise<boolean | null> {
  const mac = fromBase64Url(signature);
  if (!mac) return null;
  const key = await crypto.subtle.importKey("raw", secret, ALGORITHM, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, mac, encoder.encode(text));
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  // 43 characters are the 32 bytes of SHA-256; anything else is not one of our signatures.
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return null;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
