/** What kind of logo a file is, by its first bytes; names and declared types prove nothing. */
import { JobFailure } from "../job.ts";

/** `head` is the start of the file, 4 kB or all of it. Throws a JobFailure input_invalid for anything but SVG, PNG and JPG. */
export function sniffLogo(head: Uint8Array, filename: string): "read-svg" | "read-bitmap" {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) || starts(0xff, 0xd8, 0xff)) return "read-bitmap";
  if (starts(0x1f, 0x8b)) throw invalid(`${filename} is compressed (SVGZ). Unpack it to a plain .svg and try again.`);
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) return "read-svg";
  // An SVG may begin with a byte order mark, spaces, an XML declaration, a comment, a DOCTYPE.
  const text = new TextDecoder("latin1").decode(head).replace(/^ï»¿/, "").trimStart();
  if (/^<(\?xml|!--|!DOCTYPE\s+svg|svg[\s>]|[a-z]+:svg[\s>])/i.test(text)) return "read-svg";
  throw invalid(`${filename} is not an SVG, PNG or JPG. Save the logo in one of these formats and upload it again.`);
}

function invalid(message: string): JobFailure {
  return new JobFailure("input_invalid", message);
}
