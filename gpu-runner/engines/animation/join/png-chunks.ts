/** Reads and writes the chunks of PNG files, one at a time. https://www.w3.org/TR/png-3/#5Chunk-layout */
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

export interface PngChunk {
  readonly name: string;
  readonly data: Buffer;
}

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** No encoder writes larger chunks; a longer one is a broken file. */
const MAX_CHUNK_BYTES = 2 ** 30;

/** All chunks of an open file in order. Throws when it ends within one. */
export async function* pngChunks(file: FileHandle): AsyncGenerator<PngChunk> {
  for (let at = PNG_SIGNATURE.length; ; ) {
    const head = Buffer.alloc(8);
    const { bytesRead } = await file.read(head, 0, 8, at);
    if (bytesRead === 0) return;
    const length = head.readUInt32BE(0);
    if (bytesRead < 8 || length > MAX_CHUNK_BYTES) throw new Error("the PNG is broken");
    const data = Buffer.alloc(length);
    await file.read(data, 0, length, at + 8);
    yield { name: head.toString("latin1", 4, 8), data };
    at += 12 + length;
  }
}

/** A chunk as bytes, with its checksum. */
export function pngChunk(name: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, "latin1");
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
