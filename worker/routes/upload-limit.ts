/** How large a caller's file may be. */
import type { Context } from "hono";
import { isKnown } from "../domain/ownership.ts";
import type { AppContext } from "../middleware/context.ts";
import { invalidRequest } from "./request-parsing.ts";

/** In bytes: what the deployment allows callers with or without a key. */
export function uploadLimit(c: Context<AppContext>): number {
  const { limits } = c.get("config");
  return (isKnown(c.get("owner")) ? limits.key : limits.anonymous).uploadBytes;
}

/** Refuses a size over the limit before a byte is sent; `path` is the field that told it. */
export function checkUploadSize(c: Context<AppContext>, bytes: number, path: string): void {
  const maxBytes = uploadLimit(c);
  if (bytes > maxBytes) throw invalidRequest([{ path, message: `is over the limit of ${maxBytes} bytes` }]);
}
