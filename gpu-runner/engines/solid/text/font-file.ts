/**
 * Judges a font file before HarfBuzz sees it: what it is, whether it is whole, whether it has outlines. HarfBuzz itself
 * never refuses a file, it only shows no glyphs. Nothing here looks inside a table but `head` and `OS/2`.
 * Source: OpenType 1.9 specification, "otff", "head" and "os2".
 */
import { MAX_FONT_BYTES } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";

const REQUIRED_TABLES = ["cmap", "head", "hhea", "hmtx", "maxp"];
/** Tables of outlines, each list enough for itself. */
const OUTLINE_TABLES = [["glyf", "loca"], ["CFF "], ["CFF2"]];
const BITMAP_TABLES = ["CBDT", "sbix", "EBDT", "SVG "];
const HEAD_MAGIC = 0x5f0f3cf5;
const MAX_TABLES = 256;
/** `OS/2.fsType` bit 1: "Restricted License embedding". Only alone does it forbid; other bits permit more. */
const FS_TYPE_RESTRICTED = 0x0002;

/**
 * Checks that `bytes` are a whole TrueType or OpenType font with outlines; returns sentences for the user.
 * Throws a `JobFailure` (`input_empty`, `input_too_large`, `input_invalid`) that says what to do otherwise.
 */
export function checkFontFile(bytes: Uint8Array): string[] {
  if (bytes.length === 0) throw new JobFailure("input_empty", "The font file is empty. Upload a TTF or OTF font.");
  if (bytes.length > MAX_FONT_BYTES)
    throw new JobFailure(
      "input_too_large",
      `The font file is larger than ${MAX_FONT_BYTES / 1024 / 1024} MiB. Upload a smaller or subsetted font.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const warnings: string[] = [];
  let start = 0;
  if (tagAt(view, 0) === "ttcf") {
    start = bytes.length >= 16 ? view.getUint32(12) : bytes.length;
    warnings.push("The font file is a collection; its first font is used.");
  }
  const tables = readTables(view, start);
  const missing = REQUIRED_TABLES.filter((tag) => !tables.has(tag));
  if (missing.length > 0) throw damagedFont(`it lacks the table ${missing.map((tag) => `'${tag}'`).join(", ")}`);
  if (!OUTLINE_TABLES.some((set) => set.every((tag) => tables.has(tag)))) {
    if (BITMAP_TABLES.some((tag) => tables.has(tag)))
      throw new JobFailure(
        "input_invalid",
        "The font holds pictures of its characters, not outlines. Upload a font with outlines.",
      );
    throw damagedFont("it holds no outlines");
  }
  checkHead(view, tables.get("head") as Table);
  const os2 = tables.get("OS/2");
  if (os2 && os2.length >= 10 && (view.getUint16(os2.offset + 8) & 0x000f) === FS_TYPE_RESTRICTED)
    warnings.push("The font's maker does not allow it to be embedded; make sure that your licence covers this use.");
  return warnings;
}

interface Table {
  readonly offset: number;
  readonly length: number;
}

function readTables(view: DataView, start: number): Map<string, Table> {
  checkSignature(tagAt(view, start));
  if (start + 12 > view.byteLength) throw damagedFont("it ends in its header");
  const count = view.getUint16(start + 4);
  if (count === 0 || count > MAX_TABLES) throw damagedFont(`it claims to have ${count} tables`);
  if (start + 12 + 16 * count > view.byteLength) throw damagedFont("it ends in its list of tables");
  const tables = new Map<string, Table>();
  for (let at = start + 12; at < start + 12 + 16 * count; at += 16) {
    const table = { offset: view.getUint32(at + 8), length: view.getUint32(at + 12) };
    if (table.offset + table.length > view.byteLength)
      throw damagedFont(`its table '${tagAt(view, at)}' reaches beyond the end of the file`);
    tables.set(tagAt(view, at), table);
  }
  return tables;
}

function checkSignature(signature: string): void {
  if (signature === "\0\x01\0\0" || signature === "true" || signature === "OTTO") return;
  if (signature === "wOFF" || signature === "wOF2")
    throw new JobFailure(
      "input_invalid",
      `The font is a web font (${signature === "wOFF" ? "WOFF" : "WOFF2"}). Convert it to TTF or OTF, or upload the original font file.`,
    );
  if (signature.startsWith("%!") || signature.charCodeAt(0) === 0x80)
    throw new JobFailure("input_invalid", "The font is a PostScript Type 1 font. Convert it to TTF or OTF.");
  throw new JobFailure("input_invalid", "The file is not a TTF or OTF font. Upload a file that ends in .ttf or .otf.");
}

function checkHead(view: DataView, head: Table): void {
  if (head.length < 54 || view.getUint32(head.offset + 12) !== HEAD_MAGIC)
    throw damagedFont("its table 'head' is not valid");
  const unitsPerEm = view.getUint16(head.offset + 18);
  if (unitsPerEm < 16 || unitsPerEm > 16_384) throw damagedFont(`its em is ${unitsPerEm} units, not 16 to 16384`);
}

function tagAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return "";
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** The failure for a font that is broken; `how` completes "The font file is damaged: ". */
export function damagedFont(how: string): JobFailure {
  return new JobFailure("input_invalid", `The font file is damaged: ${how}. Upload the complete, original font file.`);
}
