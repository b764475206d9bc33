/** Signed URLs for files: how they look, for the routes that hand them out. */
import type { Context } from "hono";
import { SIGNED_GET_TTL_S, SIGNED_PUT_TTL_S } from "#contract/limits.ts";
import { signUrl } from "../domain/signed-url.ts";
import type { AppContext } from "../middleware/context.ts";

function fileUrl(c: Context<AppContext>, key: string, query: Record<string, string>): URL {
  const url = new URL(`/files/${key}`, c.req.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** A URL that downloads the file for an hour, or for `ttlS`, as `filename` when one is given. */
export function signDownload(
  c: Context<AppContext>,
  key: string,
  filename?: string,
  ttlS = SIGNED_GET_TTL_S,
): Promise<string> {
  const expiresAtS = Math.floor(Date.now() / 1000) + ttlS;
  return signUrl(fileUrl(c, key, filename ? { filename } : {}), "GET", expiresAtS, c.get("config").signingKeys[0]);
}

/** A URL that takes exactly `bytes` bytes for 15 minutes, or null = as many as may be; `part` is 1-based for uploads. */
export function signPut(
  c: Context<AppContext>,
  key: string,
  bytes: number | null,
  extra: Record<string, string> = {},
): Promise<string> {
  const query = bytes === null ? extra : { bytes: String(bytes), ...extra };
  return signUrl(fileUrl(c, key, query), "PUT", putExpiresAtS(), c.get("config").signingKeys[0]);
}

/** A URL that takes a whole upload as a form for 15 minutes. */
export function signFormPost(c: Context<AppContext>, uploadId: string): Promise<string> {
  const url = fileUrl(c, "uploads", { upload: uploadId });
  return signUrl(url, "POST", putExpiresAtS(), c.get("config").signingKeys[0]);
}

function putExpiresAtS(): number {
  return Math.floor(Date.now() / 1000) + SIGNED_PUT_TTL_S;
}
