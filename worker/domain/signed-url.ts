/**
 * Signed file URLs: HMAC-SHA256 over a version, the method, the host, the path and the sorted query, as S3 signs. Two keys
 * may be live, so that they can be rotated: the first signs, all verify. Comparison is `crypto.subtle.verify`, which
 * takes constant time.
 */

/** A signing key: its id goes into the URL. The secret has at least 32 bytes. */
export interface SigningKey {
  readonly kid: string;
  readonly secret: Uint8Array<ArrayBuffer>;
}

export type SignatureCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "malformed" | "expired" | "wrong" };

const encoder = new TextEncoder();

async function importKey(secret: Uint8Array<ArrayBuffer>, usage: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

function canonical(method: string, url: URL): Uint8Array<ArrayBuffer> {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "sig")
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return new Uint8Array(encoder.encode(["v1", method, url.host, url.pathname, pairs.join("&")].join("\n")));
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

/**
 * Signs `url` for `method` until `expiresAtS` (epoch seconds). All query parameters that are set are covered.
 * @returns the URL with `exp`, `kid` and `sig` added
 */
export async function signUrl(url: URL, method: string, expiresAtS: number, key: SigningKey): Promise<string> {
  const signed = new URL(url);
  signed.searchParams.set("exp", String(expiresAtS));
  signed.searchParams.set("kid", key.kid);
  const mac = await crypto.subtle.sign("HMAC", await importKey(key.secret, "sign"), canonical(method, signed));
  signed.searchParams.set("sig", toBase64Url(new Uint8Array(mac)));
  return signed.href;
}

/** Checks a signed URL: no parameter twice, not expired, signed by a live key for this method. */
export async function verifyUrl(
  url: URL,
  method: string,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<SignatureCheck> {
  const names = [...url.searchParams.keys()];
  if (new Set(names).size !== names.length) return { ok: false, reason: "malformed" };
  const mac = fromBase64Url(url.searchParams.get("sig") ?? "");
  const exp = url.searchParams.get("exp") ?? "";
  const key = keys.find(({ kid }) => kid === url.searchParams.get("kid"));
  if (!mac || !/^\d{1,12}$/.test(exp) || !key) return { ok: false, reason: "malformed" };
  const genuine = await crypto.subtle.verify(
    "HMAC",
    await importKey(key.secret, "verify"),
    mac,
    canonical(method, url),
  );
  if (!genuine) return { ok: false, reason: "wrong" };
  return Number(exp) * 1000 > nowMs ? { ok: true } : { ok: false, reason: "expired" };
}
