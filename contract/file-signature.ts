/**
 * What a file is, by its first bytes: names and declared types prove nothing. The site refuses a wrong file with it before
 * anything is sent, the runner before any program reads it.
 *
 * Sources: the formats' own specifications; for ISO media files the brands of https://mp4ra.org.
 */

/** How many bytes of a file are enough to tell. An SVG may begin with comments and editor metadata. */
export const SIGNATURE_BYTES = 4_096;

export interface FileSignature {
  /** Media type. */
  readonly type: string;
  /** What people call it. */
  readonly name: string;
}

interface Pattern extends FileSignature {
  readonly bytes: readonly number[];
  readonly at?: number;
}

const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));

const PATTERNS: readonly Pattern[] = [
  { type: "image/png", name: "PNG", bytes: [0x89, ...ascii("PNG\r\n\x1a\n")] },
  { type: "image/jpeg", name: "JPG", bytes: [0xff, 0xd8, 0xff] },
  { type: "image/gif", name: "GIF", bytes: ascii("GIF8") },
  { type: "image/webp", name: "WebP", bytes: ascii("WEBP"), at: 8 },
  { type: "image/bmp", name: "BMP", bytes: ascii("BM") },
  { type: "image/tiff", name: "TIFF", bytes: [...ascii("II"), 42, 0] },
  { type: "image/tiff", name: "TIFF", bytes: [...ascii("MM"), 0, 42] },
  { type: "image/tiff", name: "TIFF", bytes: [...ascii("II"), 43, 0] },
  { type: "image/tiff", name: "TIFF", bytes: [...ascii("MM"), 0, 43] },
  { type: "video/x-msvideo", name: "AVI", bytes: ascii("AVI "), at: 8 },
  { type: "audio/wav", name: "WAV", bytes: ascii("WAVE"), at: 8 },
  { type: "audio/mpeg", name: "MP3", bytes: ascii("ID3") },
  { type: "audio/ogg", name: "Ogg", bytes: ascii("OggS") },
  { type: "audio/flac", name: "FLAC", bytes: ascii("fLaC") },
  { type: "application/pdf", name: "PDF", bytes: ascii("%PDF") },
  { type: "application/postscript", name: "PostScript", bytes: ascii("%!PS") },
  { type: "application/zip", name: "zip", bytes: [...ascii("PK"), 3, 4] },
  { type: "application/zip", name: "zip", bytes: [...ascii("PK"), 5, 6] },
  { type: "application/gzip", name: "gzip", bytes: [0x1f, 0x8b] },
  { type: "application/x-7z-compressed", name: "7z", bytes: [...ascii("7z"), 0xbc, 0xaf, 0x27, 0x1c] },
  { type: "application/vnd.rar", name: "RAR", bytes: ascii("Rar!") },
  { type: "image/vnd.adobe.photoshop", name: "Photoshop", bytes: ascii("8BPS") },
  { type: "font/ttf", name: "TTF", bytes: [0, 1, 0, 0] },
  { type: "font/ttf", name: "TTF", bytes: ascii("true") },
  { type: "font/otf", name: "OTF", bytes: ascii("OTTO") },
  { type: "font/woff2", name: "WOFF2", bytes: ascii("wOF2") },
  { type: "application/vnd.apple.mpegurl", name: "HLS playlist", bytes: ascii("#EXTM3U") },
];

const HEIC: FileSignature = { type: "image/heic", name: "HEIC" };
const AVIF: FileSignature = { type: "image/avif", name: "AVIF" };

/** Brands of `ftyp`, the first box of an ISO media file; any other brand is taken for MP4. */
const BRANDS: Readonly<Record<string, FileSignature>> = {
  "qt  ": { type: "video/quicktime", name: "MOV" },
  "M4A ": { type: "audio/mp4", name: "M4A" },
  "M4B ": { type: "audio/mp4", name: "M4A" },
  // HEVC pictures: Main, range extensions, multiview and scalable profiles; then the same for sequences.
  ...Object.fromEntries(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"].map((brand) => [brand, HEIC])),
  avif: AVIF,
  avis: AVIF,
};
/** Brands that say "a picture" and leave its codec to the compatible brands. */
const STRUCTURE_BRANDS = ["mif1", "mif2", "msf1"];

/** What a file is by its first `SIGNATURE_BYTES` bytes (or all of it, when shorter), or null when it is nothing known. */
export function readSignature(head: Uint8Array): FileSignature | null {
  const found = PATTERNS.find(({ bytes, at = 0 }) => bytes.every((byte, i) => head[at + i] === byte));
  if (found) return { type: found.type, name: found.name };
  return readIsoMedia(head) ?? readMatroska(head) ?? readSvg(head);
}

function readIsoMedia(head: Uint8Array): FileSignature | null {
  const box = latin1(head.subarray(4, 8));
  if (box === "ftyp") return readBrands(head);
  // QuickTime files from before `ftyp` begin with one of these.
  return ["moov", "mdat", "wide", "free", "skip"].includes(box) ? { type: "video/quicktime", name: "MOV" } : null;
}

/** The major brand, and where it leaves the codec open, the compatible brands that follow its version. */
function readBrands(head: Uint8Array): FileSignature {
  const major = latin1(head.subarray(8, 12));
  if (!STRUCTURE_BRANDS.includes(major)) return BRANDS[major] ?? { type: "video/mp4", name: "MP4" };
  const boxBytes = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const compatible = latin1(head.subarray(16, boxBytes)).match(/.{4}/gs) ?? [];
  const found = compatible.map((brand) => BRANDS[brand]);
  return found.includes(AVIF) && !found.includes(HEIC) ? AVIF : HEIC;
}

/** EBML header; the document type in it says whether it is WebM. */
function readMatroska(head: Uint8Array): FileSignature | null {
  if (![0x1a, 0x45, 0xdf, 0xa3].every((byte, i) => head[i] === byte)) return null;
  return latin1(head.subarray(0, 64)).includes("webm")
    ? { type: "video/webm", name: "WebM" }
    : { type: "video/x-matroska", name: "MKV" };
}

/** An SVG may begin with a byte order mark, spaces, an XML declaration, comments, a DOCTYPE; UTF-16 is allowed. */
function readSvg(head: Uint8Array): FileSignature | null {
  const encoding = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe ? "utf-16be" : "utf-8";
  const text = new TextDecoder(encoding).decode(head).trimStart();
  return /^<(\?xml|!--|!DOCTYPE\s+svg|svg[\s>]|[a-z]+:svg[\s>])/i.test(text)
    ? { type: "image/svg+xml", name: "SVG" }
    : null;
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
