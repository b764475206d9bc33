/**
 * Decodes an animated WebP with libwebp, section by section: the file's container is walked without loading it, and each run
 * of frames that begins with a whole one is decoded as a file of its own, in little memory.
 */
import { type FileHandle, open } from "node:fs/promises";
import sharp from "sharp";
import { coversCanvas, fileHead, frameChunk, readWebpFrames, type WebpFrame } from "../join/webp-container.ts";
import type { Size } from "../plan/geometry.ts";
import type { Decoded } from "./decoded.ts";

/** Pixels of frames decoded at once. */
const GROUP_BYTES = 96_000_000;
const RIFF_BYTES = 12;

/** Decodes every frame of the file. Throws when it is broken. */
export async function decodeWebp(path: string, onFrame: () => void): Promise<Decoded> {
  const file = await open(path);
  try {
    const decoded = { frames: 0, durationMs: 0, hasTransparency: false, size: { width: 0, height: 0 } };
    let section: WebpFrame[] = [];
    const flush = async () => {
      if (section.length === 0) return;
      decoded.hasTransparency = (await decodeSection(section, decoded.size, onFrame)) || decoded.hasTransparency;
      section = [];
    };
    for await (const { name, data } of chunksOf(file)) {
      if (name === "VP8X") decoded.size = { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
      if (name !== "ANMF") continue;
      const [frame] = readWebpFrames(Buffer.concat([Buffer.alloc(RIFF_BYTES), asChunk(data)]), decoded.size);
      if (!frame) throw new Error("the WebP is broken");
      if (coversCanvas(frame, decoded.size) && !frame.blends) await flush();
      section.push(frame);
      decoded.frames++;
      decoded.durationMs += frame.durationMs;
    }
    await flush();
    return decoded;
  } finally {
    await file.close();
  }
}

async function decodeSection(frames: readonly WebpFrame[], size: Size, onFrame: () => void): Promise<boolean> {
  const chunks = frames.map(frameChunk);
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const whole = Buffer.concat([fileHead(size, true, 0, bytes), ...chunks]);
  const group = Math.max(1, Math.floor(GROUP_BYTES / (size.width * size.height * 4)));
  let hasTransparency = false;
  for (let page = 0; page < frames.length; page += group) {
    const pages = Math.min(group, frames.length - page);
    const pixels = await sharp(whole, { page, pages, limitInputPixels: false }).ensureAlpha().raw().toBuffer();
    if (pixels.length !== pages * size.width * size.height * 4)
      throw new Error("the WebP has fewer frames than it says");
    for (let i = 3; i < pixels.length && !hasTransparency; i += 4) hasTransparency = pixels[i] !== 255;
    for (let i = 0; i < pages; i++) onFrame();
  }
  return hasTransparency;
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
