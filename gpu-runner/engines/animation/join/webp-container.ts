/**
 * The container of animated WebP: frames are read out of what img2webp wrote, their number is made exact, and chunks are
 * joined to one file without being encoded again. https://developers.google.com/speed/webp/docs/riff_container
 */
import type { Rectangle, Size } from "../plan/geometry.ts";

/** One frame of an animation: where it is drawn, how, for how long, and its bitstream (`ALPH`, `VP8 `, `VP8L` chunks). */
export interface WebpFrame {
  readonly box: Rectangle;
  readonly durationMs: number;
  /** Drawn over what is there by its alpha, instead of in its place. */
  readonly blends: boolean;
  /** Its box is cleared after it has shown. */
  readonly clears: boolean;
  readonly bitstream: Buffer;
}

const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;
const ANMF_BYTES = 16;
const NO_BLEND = 0x02;
const CLEAR = 0x01;
const HAS_ALPHA = 0x10;
const IS_ANIMATION = 0x02;

/** The frames of a WebP file; a still one is one frame without a duration. `canvas` is its size. */
export function readWebpFrames(file: Buffer, canvas: Size): WebpFrame[] {
  const chunks = [...riffChunks(file.subarray(RIFF_BYTES))];
  const frames = chunks.filter(({ name }) => name === "ANMF").map(({ data }) => readFrame(data));
  if (frames.length > 0) return frames;
  const still = chunks.filter(({ name }) => ["ALPH", "VP8 ", "VP8L"].includes(name));
  const bitstream = Buffer.concat(still.map(({ whole }) => whole));
  return [{ box: { x: 0, y: 0, ...canvas }, durationMs: 0, blends: false, clears: false, bitstream }];
}

/**
 * Frames that show for exactly `durationsMs`. The encoder makes one frame of neighbours that look alike; each of the others
 * becomes a frame of its own again, which draws nothing. Throws when the durations don't add up to the encoder's.
 */
export function splitFrames(frames: readonly WebpFrame[], durationsMs: readonly number[]): WebpFrame[] {
  const [only] = frames;
  const total = durationsMs.reduce((sum, ms) => sum + ms, 0);
  // A single frame may have been written as a still picture, without a duration.
  const timed = only && frames.length === 1 ? [{ ...only, durationMs: total }] : frames;
  const result: WebpFrame[] = [];
  for (const frame of timed) {
    let left = frame.durationMs;
    const own: WebpFrame[] = [];
    while (left > 0) {
      const durationMs = durationsMs[result.length + own.length];
      if (durationMs === undefined || durationMs > left)
        throw new Error("img2webp wrote other durations than asked for");
      own.push({ ...(own.length === 0 ? frame : emptyFrame(frame.box)), durationMs, clears: false });
      left -= durationMs;
    }
    // What is cleared after a frame is cleared after the last one that stands for it.
    own.push({ ...(own.pop() as WebpFrame), clears: frame.clears });
    result.push(...own);
  }
  if (result.length !== durationsMs.length) throw new Error("img2webp wrote fewer frames than asked for");
  return result;
}

/** Whether a frame shows the same whatever was on the canvas before. */
export function coversCanvas({ box }: WebpFrame, canvas: Size): boolean {
  return box.width === canvas.width && box.height === canvas.height;
}

/** A frame as a chunk of the file. */
export function frameChunk({ box, durationMs, blends, clears, bitstream }: WebpFrame): Buffer {
  const head = Buffer.alloc(ANMF_BYTES);
  head.writeUIntLE(box.x / 2, 0, 3);
  head.writeUIntLE(box.y / 2, 3, 3);
  head.writeUIntLE(box.width - 1, 6, 3);
  head.writeUIntLE(box.height - 1, 9, 3);
  head.writeUIntLE(durationMs, 12, 3);
  head[15] = (blends ? 0 : NO_BLEND) | (clears ? CLEAR : 0);
  return riffChunk("ANMF", Buffer.concat([head, bitstream]));
}

/** All that comes before the frames of an animation of `framesBytes` bytes. `loops`: 0 plays for ever. */
export function fileHead(canvas: Size, hasAlpha: boolean, loops: number, framesBytes: number): Buffer {
  const animation = Buffer.alloc(6);
  animation.writeUInt16LE(loops, 4);
  const chunks = Buffer.concat([
    extendedChunk(canvas, IS_ANIMATION | (hasAlpha ? HAS_ALPHA : 0)),
    riffChunk("ANIM", animation),
  ]);
  return Buffer.concat([riffHead(chunks.length + framesBytes), chunks]);
}

/** A frame as a still picture. */
export function stillFile({ box, bitstream }: WebpFrame): Buffer {
  const extended = extendedChunk(box, HAS_ALPHA);
  return Buffer.concat([riffHead(extended.length + bitstream.length), extended, bitstream]);
}

function riffHead(contentBytes: number): Buffer {
  const riff = Buffer.alloc(RIFF_BYTES);
  riff.write("RIFF", 0, "latin1");
  riff.writeUInt32LE(4 + contentBytes, 4);
  riff.write("WEBP", 8, "latin1");
  return riff;
}

function extendedChunk({ width, height }: Size, flags: number): Buffer {
  const extended = Buffer.alloc(10);
  extended[0] = flags;
  extended.writeUIntLE(width - 1, 4, 3);
  extended.writeUIntLE(height - 1, 7, 3);
  return riffChunk("VP8X", extended);
}

/** A frame of one transparent colour, which leaves the canvas as it is. */
function emptyFrame(box: Rectangle): WebpFrame {
  return { box, durationMs: 0, blends: true, clears: false, bitstream: riffChunk("VP8L", emptyBitstream(box)) };
}

/**
 * A lossless bitstream of transparent pixels: signature, size, alpha flag, no transforms, no colour cache, one group of
 * five prefix codes with the single symbol 0, which take no bits a pixel.
 * https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
 */
function emptyBitstream({ width, height }: Size): Buffer {
  const SIMPLE_CODE_OF_ZERO = 0b0001;
  const PREFIX_CODES = 5;
  const bits: [value: number, count: number][] = [
    [0x2f, 8],
    [width - 1, 14],
    [height - 1, 14],
    [1, 1],
    [0, 3],
    [0, 3],
    ...Array.from({ length: PREFIX_CODES }, (): [number, number] => [SIMPLE_CODE_OF_ZERO, 4]),
  ];
  const bytes = Buffer.alloc(Math.ceil(bits.reduce((sum, [, count]) => sum + count, 0) / 8));
  let at = 0;
  for (const [value, count] of bits) {
    for (let i = 0; i < count; i++, at++) {
      if ((value >> i) & 1) bytes[at >> 3] = (bytes[at >> 3] as number) | (1 << (at & 7));
    }
  }
  return bytes;
}

function readFrame(data: Buffer): WebpFrame {
  const flags = data[15] as number;
  return {
    box: {
      x: data.readUIntLE(0, 3) * 2,
      y: data.readUIntLE(3, 3) * 2,
      width: data.readUIntLE(6, 3) + 1,
      height: data.readUIntLE(9, 3) + 1,
    },
    durationMs: data.readUIntLE(12, 3),
    blends: (flags & NO_BLEND) === 0,
    clears: (flags & CLEAR) !== 0,
    bitstream: data.subarray(ANMF_BYTES),
  };
}

function riffChunk(name: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(CHUNK_BYTES + data.length + (data.length % 2));
  chunk.write(name, 0, "latin1");
  chunk.writeUInt32LE(data.length, 4);
  data.copy(chunk, CHUNK_BYTES);
  return chunk;
}

function* riffChunks(data: Buffer): Generator<{ name: string; data: Buffer; whole: Buffer }> {
  for (let at = 0; at + CHUNK_BYTES <= data.length; ) {
    const length = data.readUInt32LE(at + 4);
    const end = at + CHUNK_BYTES + length + (length % 2);
    const body = data.subarray(at + CHUNK_BYTES, at + CHUNK_BYTES + length);
    yield { name: data.toString("latin1", at, at + 4), data: body, whole: data.subarray(at, end) };
    at = end;
  }
}
