/** Files made to do harm, or to be no use: for the tests of what is refused. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32, deflateSync } from "node:zlib";
import { zipSync } from "fflate";
import sharp from "sharp";

const run = promisify(execFile);
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function pngHeader(width: number, height: number): Buffer {
  return pngChunk("IHDR", Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])]));
}

/** A PNG whose header promises `side` × `side` pixels; a thousandth of them follows. */
export function pixelBomb(side = 30_000): Buffer {
  const data = pngChunk("IDAT", deflateSync(Buffer.alloc(100_000)));
  return Buffer.concat([PNG_SIGNATURE, pngHeader(side, side), data, pngChunk("IEND", Buffer.alloc(0))]);
}

/** A valid animated PNG of 2 × 2 px with so many frames. */
export function animatedPng(frames: number): Buffer {
  const pixels = deflateSync(Buffer.from([0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9]));
  const chunks = [PNG_SIGNATURE, pngHeader(2, 2), pngChunk("acTL", Buffer.concat([uint32(frames), uint32(0)]))];
  let sequence = 0;
  for (let frame = 0; frame < frames; frame++) {
    const place = [2, 2, 0, 0].map(uint32);
    const control = [uint32(sequence++), ...place, Buffer.from([0, 4, 0, 100, 0, 0])];
    chunks.push(pngChunk("fcTL", Buffer.concat(control)));
    if (frame === 0) chunks.push(pngChunk("IDAT", pixels));
    else chunks.push(pngChunk("fdAT", Buffer.concat([uint32(sequence++), pixels])));
  }
  return Buffer.concat([...chunks, pngChunk("IEND", Buffer.alloc(0))]);
}

/** A picture that does not pack, cut off after a third. */
export async function truncatedPicture(format: "png" | "jpeg" | "webp" | "tiff" | "gif"): Promise<Buffer> {
  const noise = { type: "gaussian" as const, mean: 128, sigma: 60 };
  const whole = await sharp({ create: { width: 300, height: 300, channels: 3, background: "red", noise } })
    .toFormat(format)
    .toBuffer();
  return whole.subarray(0, Math.floor(whole.length / 3));
}

/** A zip with one picture whose name is `name`, as no honest program writes it. */
export async function zipWithName(name: string): Promise<Buffer> {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const stand = "x".repeat(name.length);
  const zip = Buffer.from(zipSync({ [stand]: png }));
  return Buffer.from(zip.toString("latin1").replaceAll(stand, name), "latin1");
}

/** A zip whose one entry unpacks to a thousand times its size. */
export function zipBomb(bytes = 60_000_000): Buffer {
  return Buffer.from(zipSync({ "bomb.png": Buffer.concat([PNG_SIGNATURE, Buffer.alloc(bytes)]) }, { level: 9 }));
}

/** A playlist that asks the reader to open files of the machine and addresses of its network. */
export const HLS_PLAYLIST = `#EXTM3U
#EXT-X-TARGETDURATION:1
#EXTINF:1.0,
file:///etc/passwd
#EXTINF:1.0,
http://127.0.0.1:9/x.ts
#EXT-X-ENDLIST
`;

/**
 * A video that ffmpeg makes from its own test sources.
 * @param path where it goes; the extension chooses the container
 * @param args ffmpeg's arguments between `-y` and the path
 */
export async function makeVideo(path: string, args: readonly string[]): Promise<Buffer> {
  await run("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", ...args, path]);
  return await readFile(path);
}

/** Half a second of colour bars, in H.264. */
export const BARS = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.5", "-pix_fmt", "yuv420p"] as const;
