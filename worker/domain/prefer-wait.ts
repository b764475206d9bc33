/** `Prefer: wait=n`: how long a caller would wait for the outcome instead of being told that the work was taken in. */
import { MAX_WAIT_S } from "#contract/limits.ts";

/** One preference: a token, perhaps with a token or a quoted text as its value, perhaps with parameters. RFC 7240 §2. */
const PREFERENCE = /^([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~-]*))?\s*(?:;.*)?$/;

/**
 * Seconds to wait, or null when the header asks for no wait. Of several the first counts (RFC 7240 §2); more than
 * `MAX_WAIT_S` becomes that. Other preferences, and values that are no whole number of seconds, are passed over, as is due to
 * every preference that can't be honoured.
 * @param header all `Prefer` headers of the request, joined by commas, as HTTP does
 */
export function parseWait(header: string | undefined): number | null {
  for (const part of splitList(header ?? "")) {
    const [, name = "", value = ""] = PREFERENCE.exec(part.trim()) ?? [];
    if (name.toLowerCase() !== "wait") continue;
    const text = value.startsWith('"') ? value.slice(1, -1) : value;
    return /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_WAIT_S) : null;
  }
  return null;
}

/** At the commas that are in no quoted text. */
function splitList(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];
}
