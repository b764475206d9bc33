/**
 * Decodes an animated WebP: its container is walked without loading it, each frame's bitstream is decoded by libwebp as a
 * picture of its own, a few side by side, and its alpha is drawn onto a canvas as the frame's flags say.
 */
import { type FileHandle, open } from "node:fs/promises";
import sharp from "sharp";
import { encodersFor } from "../encode/encode-units.ts";
import { readWebpFrames, stillFile, type WebpFrame } from "../join/webp-container.ts";
import type { Size } from "../plan/geometry.ts";
import type { Decoded } from "./decoded.ts";

const RIFF_BYTES = 12;
const DECODER_BYTES_PER_PIXEL = 24;

interface Drawable {
  readonly frame: WebpFrame;
  /** Its pixels' alpha. */
  readonly alpha: Promise<Uint8Array>;
}

/** Decodes every frame of the file. Throws when it is broken. */
export async function decodeWebp(path: string, onFrame: () => void): Promise<Decoded> {
  const file = await open(path);
  try {
    const decoded = { frames: 0, durationMs: 0, hasTransparency: false, size: { width: 0, height: 0 } };
    const waiting: Drawable[] = [];
    let canvas = new Uint8Array();
    const drawNext = async () => {
      const { frame, alpha } = waiting.shift() as Drawable;
      draw(frame, await alpha, canvas, decoded.size);
      decoded.hasTransparency ||= !isOpaque(canvas);
      if (frame.clears) fill(frame, canvas, decoded.size);
      decoded.frames++;
      decoded.durationMs += frame.durationMs;
      onFrame();
    };
    for await (const { name, data } of chunksOf(file)) {
      if (name === "VP8X") {
        decoded.size = { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
        canvas = new Uint8Array(decoded.size.width * decoded.size.height);
      }
      if (name !== "ANMF") continue;
      const [frame] = readWebpFrames(Buffer.concat([Buffer.alloc(RIFF_BYTES), asChunk(data)]), decoded.size);
      if (!frame) throw new Error("the WebP is broken");
      const alpha = decodeAlpha(frame, decoded.size);
      alpha.catch(() => {}); // awaited when its turn comes, unless one before it fails
      waiting.push({ frame, alpha });
      if (waiting.length >= encodersFor(decoded.size, DECODER_BYTES_PER_PIXEL)) await drawNext();
    }
    while (waiting.length > 0) await drawNext();
    return decoded;
  } finally {
    await file.close();
  }
}

/** A frame's alpha. Throws when the frame can't be decoded, is of another size, or leads out of the canvas. */
async function decodeAlpha(frame: WebpFrame, size: Size): Promise<Uint8Array> {
  const { box } = frame;
  if (box.x + box.width > size.width || box.y + box.height > size.height) throw new Error("a frame is too large");
  const image = sharp(stillFile(frame), { limitInputPixels: false, failOn: "truncated" });
  const { data, info } = await image.ensureAlpha().extractChannel(3).raw().toBuffer({ resolveWithObject: true });
  if (info.width !== box.width || info.height !== box.height) throw new Error("a frame has another size than its box");
  return data;
}

function draw({ box, blends }: WebpFrame, pixels: Uint8Array, canvas: Uint8Array, size: Size): void {
  for (let y = 0; y < box.height; y++) {
    let at = (box.y + y) * size.width + box.x;
    const row = pixels.subarray(y * box.width, (y + 1) * box.width);
    if (!blends) canvas.set(row, at);
    else {
      for (const alpha of row) {
        canvas[at] = alpha + Math.round(((canvas[at] as number) * (255 - alpha)) / 255);
        at++;
      }
    }
  }
}

function isOpaque(canvas: Uint8Array): boolean {
  for (let i = 0; i < canvas.length; i++) if (canvas[i] !== 255) return false;
  return true;
}

function fill({ box }: WebpFrame, canvas: Uint8Array, size: Size): void {
  for (let y = box.y; y < box.y + box.height; y++)
    canvas.fill(0, y * size.width + box.x, y * size.width + box.x + box.width);
}

async function* chunksOf(file: FileHandle): AsyncGenerator<{ name: string; data: Buffer }> {
  const { size } = await file.stat();
  for (let at = RIFF_BYTES; at < size; ) {
    const head = Buffer.alloc(8);
    await file.read(head, 0, 8, at);
    const length = head.readUInt32LE(4);
    if (at + 8 + length > size) throw new Error("the WebP is cut off");
    const data = Buffer.alloc(length);
    await file.read(data, 0, length, at + 8);
    yield { name: head.toString("latin1", 0, 4), data };
    at += 8 + length + (length % 2);
  }
}

function asChunk(data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write("ANMF", 0, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}
