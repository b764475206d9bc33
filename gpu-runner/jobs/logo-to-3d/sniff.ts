/** What kind of logo a file is, by its first bytes; names and declared types prove nothing. */
import { readSignature } from "#contract/file-signature.ts";
import { JobFailure } from "../job.ts";

/** `head` is the start of the file, 4 kB or all of it. Throws a JobFailure input_invalid for anything but SVG, PNG and JPG. */
export function sniffLogo(head: Uint8Array, filename: string): "read-svg" | "read-bitmap" {
  const type = readSignature(head)?.type;
  if (type === "image/png" || type === "image/jpeg") return "read-bitmap";
  if (type === "application/gzip") {
    throw invalid(`${filename} is compressed (SVGZ). Unpack it to a plain .svg and try again.`);
  }
  // The reader of SVGs has better words for what it dislikes in a text of 16-bit characters.
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (type === "image/svg+xml" || isUtf16) return "read-svg";
  throw invalid(`${filename} is not an SVG, PNG or JPG. Save the logo in one of these formats and upload it again.`);
}

function invalid(message: string): JobFailure {
  return new JobFailure("input_invalid", message);
}
