/** How work is cut into pieces that can be done side by side and kept as checkpoints. Depends on the number of frames only, so that every runner cuts alike. Pure. */

/** With `MAX_FRAMES` this makes 75 chunks, 450 checkpoints of six kinds. */
const MAX_CHUNK_FRAMES = 48;
const MIN_CHUNK_FRAMES = 16;
/** Short animations still keep this many processors busy. */
const WANTED_CHUNKS = 8;

/** Frames number `from` to `to` - 1. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
}

/** Cuts `count` frames into chunks of equal length, the last one shorter. */
export function cutIntoChunks(count: number): Chunk[] {
  const length = Math.min(Math.max(Math.ceil(count / WANTED_CHUNKS), MIN_CHUNK_FRAMES), MAX_CHUNK_FRAMES);
  return cut(count, length);
}

/** Joins neighbouring chunks to units of at least `minFrames` frames (the last may be shorter), for encoders that gain from long runs. */
export function joinChunks(chunks: readonly Chunk[], minFrames: number): Chunk[] {
  const units: Chunk[] = [];
  for (const chunk of chunks) {
    const last = units.at(-1);
    if (last && last.to - last.from < minFrames) units[units.length - 1] = { from: last.from, to: chunk.to };
    else units.push(chunk);
  }
  return units;
}

function cut(count: number, length: number): Chunk[] {
  return Array.from({ length: Math.ceil(count / length) }, (_, i) => ({
    from: i * length,
    to: Math.min((i + 1) * length, count),
  }));
}
