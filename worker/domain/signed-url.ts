/**
 * Signed file URLs: HMAC-SHA256 over a version, the method, the host, the path and the sorted query, as S3 signs. Two keys
 * may be live, so that they can be rotated: the first signs, all verify.
 */
import { isSigned, type SigningKey, signText } from "./message-signature.ts";

export type SignatureCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "malformed" | "expired" | "wrong" };

function canonical(method: string, url: URL): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "sig")
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return ["v1", method, url.host, url.pathname, pairs.join("&")].join("\n");
}

/**
 * Signs `url` for `method` until `expiresAtS` (epoch seconds). All query parameters that are set are covered.
 * @returns the URL with `exp`, `kid` and `sig` added
 */
export async function signUrl(url: URL, method: string, expiresAtS: number, key: SigningKey): Promise<string> {
  const signed = new URL(url);
  signed.searchParams.set("exp", String(expiresAtS));
  signed.searchParams.set("kid", key.kid);
  signed.searchParams.set("sig", await signText(canonical(method, signed), key));
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
  const exp = url.searchParams.get("exp") ?? "";
  const key = keys.find(({ kid }) => kid === url.searchParams.get("kid"));
  if (!/^\d{1,12}$/.test(exp) || !key) return { ok: false, reason: "malformed" };
  const genuine = await isSigned(canonical(method, url), url.searchParams.get("sig") ?? "", key);
  if (!genuine) return { ok: false, reason: genuine === null ? "malformed" : "wrong" };
  return Number(exp) * 1000 > nowMs ? { ok: true } : { ok: false, reason: "expired" };
}
