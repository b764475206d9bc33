/** A pasted address as an input that the runner fetches. Checks what can be known before that; the server checks again. Pure. */
import { MAX_INPUT_URL_CHARS } from "#contract/limits.ts";
import { formatNames } from "../compose/check-file.ts";
import { type DraftInput, inputOfUrl } from "../compose/draft.ts";

export type LinkCheck =
  | { readonly input: DraftInput; readonly problem: null }
  | { readonly input: null; readonly problem: string };

const refuse = (problem: string): LinkCheck => ({ input: null, problem });

/** Media types by extension, as far as the page shows files differently by them. */
const TYPES: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".bmp": "image/bmp",
  ".heic": "image/heic",
  ".mp4": "video/mp4",
  ".m4v": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".mkv": "video/x-matroska",
  ".zip": "application/zip",
  ".ttf": "font/ttf",
  ".otf": "font/otf",
};

/** Whether a pasted text is meant as an address: one line that begins like one. */
export const looksLikeLink = (text: string): boolean => /^https?:\/\/\S+$/i.test(text.trim());

/** The input of a link, with this part among the job's inputs; or why it can't be one, as a sentence. */
export function checkLink(
  text: string,
  { extensions }: { readonly extensions: readonly string[] },
  role: string | null = null,
): LinkCheck {
  const typed = text.trim();
  if (typed === "") return refuse("Paste a link first.");
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (url?.protocol !== "https:") return refuse("A link begins with https://.");
  if (url.username !== "" || url.password !== "") return refuse("A link must not hold a user name or password.");
  if (url.port !== "") return refuse("A link must not name a port.");
  if (!/[.]/.test(url.hostname)) return refuse("A link leads to a host on the internet, e.g. example.com.");
  if (url.href.length > MAX_INPUT_URL_CHARS) return refuse(`A link has at most ${MAX_INPUT_URL_CHARS} characters.`);
  const filename = nameOf(url);
  const extension = /\.[a-z0-9]{2,5}$/i.exec(filename)?.[0].toLowerCase();
  // Of an address without a known ending nobody can tell what it leads to.
  if (extension && TYPES[extension] && !extensions.includes(extension)) {
    return refuse(`${filename} can't be taken. Paste a link to ${formatNames(extensions)}.`);
  }
  const type = (extension && TYPES[extension]) || "application/octet-stream";
  return { input: inputOfUrl(url.href, filename, type, role), problem: null };
}

/** The last part of the path, or the host. */
function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last) || hostname;
  } catch {
    return last || hostname;
  }
}
