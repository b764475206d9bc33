/** APNG by ffmpeg. Units are APNGs of their own; joining gives their frames one numbering and the exact times. */
import { open } from "node:fs/promises";
import { PNG_SIGNATURE, pngChunk, pngChunks } from "../join/png-chunks.ts";
import { toTicks } from "../plan/clock-ticks.ts";
import { FFMPEG, rawInputArguments } from "../tools/ffmpeg-arguments.ts";
import type { EncodeJob, Encoder } from "./encoder.ts";
import { feedFfmpeg } from "./feed-ffmpeg.ts";

const MS_US = 1_000;
const MS_PER_S = 1_000;
/** A third of the time of zlib's usual 6, for a fifth more bytes. */
const ZLIB_LEVEL = "4";
/** A frame's delay is a fraction of two 16-bit numbers. */
const MAX_DELAY = 65_535;
/** Positions in an `fcTL` chunk, https://www.w3.org/TR/png-3/#fcTL-chunk */
const FCTL = { sequence: 0, delayOver: 20, delayUnder: 22, blend: 25, bytes: 26 } as const;

export const apngEncoder: Encoder = {
  minUnitFrames: null,
  bytesPerPixel: 50,

  open(job, _unit, path) {
    const pixels = job.hasAlpha ? "rgba" : "rgb24";
    const coding = [
      "-c:v",
      "apng",
      "-pred",
      "up",
      "-compression_level",
      ZLIB_LEVEL,
      "-pix_fmt",
      pixels,
      "-threads",
      "1",
    ];
    const argv = [...FFMPEG, ...rawInputArguments(job.size, job.fps), ...coding, "-f", "apng", `file:${path}`];
    return feedFfmpeg(job, argv, async () => {});
  },

  async join(job, _units, paths, path) {
    const durations = toTicks(job.durationsUs, MS_US);
    const file = await open(path, "w");
    try {
      const count = new ApngWriter(durations, job);
      for (const unit of paths) {
        const input = await open(unit);
        try {
          for await (const piece of count.take(pngChunks(input))) await file.write(piece);
        } finally {
          await input.close();
        }
      }
      await file.write(count.end());
    } finally {
      await file.close();
    }
  },
};

/** Makes one APNG out of the chunks of several. */
class ApngWriter {
  readonly #durationsMs: readonly number[];
  readonly #job: EncodeJob;
  #frames = 0;
  #sequence = 0;
  #hasHead = false;

  constructor(durationsMs: readonly number[], job: EncodeJob) {
    this.#durationsMs = durationsMs;
    this.#job = job;
  }

  async *take(chunks: AsyncIterable<{ name: string; data: Buffer }>): AsyncGenerator<Buffer> {
    let isFirstOfUnit = true;
    for await (const { name, data } of chunks) {
      if (name === "IHDR" && !this.#hasHead) {
        this.#hasHead = true;
        yield Buffer.concat([PNG_SIGNATURE, pngChunk("IHDR", data), this.#animation()]);
      } else if (name === "fcTL") {
        yield this.#frame(data, isFirstOfUnit);
        isFirstOfUnit = false;
      } else if (name === "IDAT") {
        // A unit of a single frame is written as a plain PNG.
        if (isFirstOfUnit) yield this.#frame(this.#wholeFrame(), true);
        isFirstOfUnit = false;
        yield this.#frames === 1 ? pngChunk("IDAT", data) : this.#data(data);
      } else if (name === "fdAT") {
        yield this.#data(data.subarray(4));
      }
    }
  }

  end(): Buffer {
    if (this.#frames !== this.#durationsMs.length) throw new Error("ffmpeg wrote another number of APNG frames");
    return pngChunk("IEND", Buffer.alloc(0));
  }

  #animation(): Buffer {
    const data = Buffer.alloc(8);
    data.writeUInt32BE(this.#durationsMs.length, 0);
    data.writeUInt32BE(this.#job.loops, 4);
    return pngChunk("acTL", data);
  }

  #frame(control: Buffer, replacesAll: boolean): Buffer {
    const durationMs = this.#durationsMs[this.#frames++] ?? 0;
    const data = Buffer.from(control);
    data.writeUInt32BE(this.#sequence++, FCTL.sequence);
    const isLong = durationMs > MAX_DELAY;
    data.writeUInt16BE(isLong ? Math.min(Math.round(durationMs / 10), MAX_DELAY) : durationMs, FCTL.delayOver);
    data.writeUInt16BE(isLong ? MS_PER_S / 10 : MS_PER_S, FCTL.delayUnder);
    // A unit begins with a whole frame: put in the place of whatever was there.
    if (replacesAll) data[FCTL.blend] = 0;
    return pngChunk("fcTL", data);
  }

  #data(data: Buffer): Buffer {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(this.#sequence++, 0);
    return pngChunk("fdAT", Buffer.concat([head, data]));
  }

  #wholeFrame(): Buffer {
    const data = Buffer.alloc(FCTL.bytes);
    data.writeUInt32BE(this.#job.size.width, 4);
    data.writeUInt32BE(this.#job.size.height, 8);
    return data;
  }
}
