/**
 * The masks of one chunk of frames in one file: each packed by itself, so that any can be read alone. It is kept as a
 * checkpoint.
 *
 * File: "KMSK", then little-endian u32 width, height, count, then count u32 lengths, then the masks, deflated raw; a mask
 * is width × height bytes, 255 where the subject is.
 */
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";

const pack = promisify(deflateRaw) as (data: Buffer, options: { level: number }) => Promise<Buffer>;
const unpack = promisify(inflateRaw) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const MAGIC = "KMSK";
const HEAD_BYTES = 16;
const LEVEL = 4;

export interface MaskShape {
  readonly width: number;
  readonly height: number;
}

/** Packs `count` raw masks, one after the other in `rawPath`, into `path`. Throws when there are fewer. */
export async function packMasks(rawPath: string, path: string, shape: MaskShape, count: number): Promise<void> {
  const bytes = shape.width * shape.height;
  const raw = await open(rawPath);
  try {
    const packed: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const mask = Buffer.alloc(bytes);
      const { bytesRead } = await raw.read(mask, 0, bytes, i * bytes);
      if (bytesRead !== bytes) throw new Error(`${rawPath} has fewer than ${count} masks of ${bytes} bytes`);
      packed.push(await pack(mask, { level: LEVEL }));
    }
    const head = Buffer.alloc(HEAD_BYTES + 4 * count);
    head.write(MAGIC, 0, "latin1");
    head.writeUInt32LE(shape.width, 4);
    head.writeUInt32LE(shape.height, 8);
    head.writeUInt32LE(count, 12);
    for (const [i, { length }] of packed.entries()) head.writeUInt32LE(length, HEAD_BYTES + 4 * i);
    await writeFile(path, Buffer.concat([head, ...packed]));
  } finally {
    await raw.close();
  }
}

/** Whether `path` holds exactly these masks; a checkpoint of another plan does not. */
export async function holdsMasks(path: string, shape: MaskShape, count: number): Promise<boolean> {
  const file = await open(path);
  try {
    const { lengths, ...head } = await readHead(file);
    const { size } = await file.stat();
    const wanted = HEAD_BYTES + 4 * count + lengths.reduce((sum, length) => sum + length, 0);
    return head.width === shape.width && head.height === shape.height && lengths.length === count && size === wanted;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** Mask number `index` of a file. */
export async function readMask(path: string, index: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { width, height, lengths } = await readHead(file);
    const at = HEAD_BYTES + 4 * lengths.length + lengths.slice(0, index).reduce((sum, length) => sum + length, 0);
    const packed = Buffer.alloc(lengths[index] ?? 0);
    await file.read(packed, 0, packed.length, at);
    return await unpack(packed, { maxOutputLength: width * height });
  } finally {
    await file.close();
  }
}

async function readHead(file: FileHandle): Promise<MaskShape & { lengths: number[] }> {
  const head = Buffer.alloc(HEAD_BYTES);
  await file.read(head, 0, HEAD_BYTES, 0);
  if (head.toString("latin1", 0, 4) !== MAGIC) throw new Error("not a file of masks");
  const count = head.readUInt32LE(12);
  const table = Buffer.alloc(4 * Math.min(count, 10_000));
  await file.read(table, 0, table.length, HEAD_BYTES);
  const lengths = Array.from({ length: table.length / 4 }, (_, i) => table.readUInt32LE(4 * i));
  return { width: head.readUInt32LE(4), height: head.readUInt32LE(8), lengths };
}
