/**
 * Puts a colour profile into an encoded picture without touching its values; sharp only converts to a profile.
 * PNG: https://www.w3.org/TR/png-3/#11iCCP, WebP: https://developers.google.com/speed/webp/docs/riff_container
 */
import { crc32, deflateSync } from "node:zlib";

const PNG_SIGNATURE_BYTES = 8;
/** Length, type, 13 bytes of data, checksum. */
const IHDR_BYTES = 25;
const RIFF_HEADER_BYTES = 12;
const VP8L_SIGNATURE = 0x2f;
const FLAG_ICC = 0x20;
const FLAG_ALPHA = 0x10;

/** The PNG with the profile as its iCCP chunk, which must come before the pixels. */
export function attachPngProfile(png: Buffer, profile: Buffer): Buffer {
  const name = Buffer.from("ICC profile\0\0", "latin1"); // name, its end, compression method 0
  const data = Buffer.concat([name, deflateSync(profile)]);
  const typed = Buffer.concat([Buffer.from("iCCP", "latin1"), data]);
  const chunk = Buffer.concat([uint32be(data.length), typed, uint32be(crc32(typed))]);
  const at = PNG_SIGNATURE_BYTES + IHDR_BYTES;
  return Buffer.concat([png.subarray(0, at), chunk, withoutChunks(png.subarray(at), ["iCCP", "sRGB", "gAMA", "cHRM"])]);
}

/** The lossless WebP with the profile, in the extended layout. Throws for any other WebP. */
export function attachWebpProfile(webp: Buffer, profile: Buffer): Buffer {
  const image = findVp8l(webp);
  if (image[8] !== VP8L_SIGNATURE) throw new Error("not a lossless WebP");
  const bits = image.readUInt32LE(9);
  const extended = Buffer.alloc(10);
  extended[0] = FLAG_ICC | ((bits >>> 28) & 1 ? FLAG_ALPHA : 0);
  extended.writeUIntLE(bits & 0x3fff, 4, 3); // width − 1
  extended.writeUIntLE((bits >>> 14) & 0x3fff, 7, 3); // height − 1
  const body = Buffer.concat([
    Buffer.from("WEBP", "latin1"),
    riffChunk("VP8X", extended),
    riffChunk("ICCP", profile),
    image,
  ]);
  const header = Buffer.alloc(8);
  header.write("RIFF", "latin1");
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** The VP8L chunk with its header and padding. */
function findVp8l(webp: Buffer): Buffer {
  for (let at = RIFF_HEADER_BYTES; at + 8 <= webp.length; ) {
    const bytes = webp.readUInt32LE(at + 4);
    const end = at + 8 + bytes + (bytes % 2);
    if (webp.toString("latin1", at, at + 4) === "VP8L") return webp.subarray(at, end);
    at = end;
  }
  throw new Error("not a lossless WebP");
}

function riffChunk(type: string, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, "latin1");
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data, Buffer.alloc(data.length % 2)]);
}

/** Chunks of a PNG after its header, without those that say something else of the colours. */
function withoutChunks(chunks: Buffer, types: readonly string[]): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at + 8 <= chunks.length; ) {
    const end = at + 12 + chunks.readUInt32BE(at);
    if (!types.includes(chunks.toString("latin1", at + 4, at + 8))) kept.push(chunks.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function uint32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
