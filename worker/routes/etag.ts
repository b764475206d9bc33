/** Conditional requests. */
import { z } from "zod";

export const ifNoneMatch = z.string().optional().meta({ description: "The `ETag` of what you have" });

/** Whether `If-None-Match` names this version of a thing, or any. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}
