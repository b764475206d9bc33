/** All frames in one PNG, row by row, and a JSON file that says where each is and how long it shows. */
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import sharp from "sharp";
import { MAX_IMAGE_SIDE_PX } from "#contract/limits.ts";
import { readFrame } from "../compose/frame-file.ts";
import { toTicks } from "../plan/clock-ticks.ts";
import type { Size } from "../plan/geometry.ts";
import type { EncodeJob, Encoder } from "./encoder.ts";

const pack = promisify(deflateRaw) as (data: Buffer, options: { level: number }) => Promise<Buffer>;
const unpack = promisify(inflateRaw) as (data: Buffer) => Promise<Buffer>;

/** Pixels of the largest sheet: 4 bytes each are in memory at once. */
const MAX_SHEET_PIXELS = 24_000_000;
const MS_US = 1_000;
const LEVEL = 3;

export interface SheetPlan {
  readonly columns: number;
  readonly rows: number;
  /** Size of a frame in the sheet. */
  readonly cell: Size;
}

/** A sheet of `frames` frames that is about square; frames are made smaller where it would be too large. */
export function planSheet(frames: number, size: Size): SheetPlan {
  const columns = Math.max(1, Math.min(frames, Math.round(Math.sqrt((frames * size.height) / size.width))));
  const rows = Math.ceil(frames / columns);
  const scale = Math.min(
    1,
    Math.sqrt(MAX_SHEET_PIXELS / (columns * rows * size.width * size.height)),
    MAX_IMAGE_SIDE_PX / (columns * size.width),
    MAX_IMAGE_SIDE_PX / (rows * size.height),
  );
  const cell = {
    width: Math.max(1, Math.floor(size.width * scale)),
    height: Math.max(1, Math.floor(size.height * scale)),
  };
  return { columns, rows, cell };
}

/** A unit's file holds the cells of its frames, deflated. */
export const spriteSheetEncoder: Encoder = {
  minUnitFrames: null,
  bytesPerPixel: 12,

  async open(job, _unit, path) {
    const { cell } = planSheet(job.durationsUs.length, job.size);
    const cells: Buffer[] = [];
    return {
      add: async (frames) => {
        for (const frame of frames) cells.push(await makeCell(await readFrame(frame, job.size), job.size, cell));
      },
      finish: async () => writeFile(path, await pack(Buffer.concat(cells), { level: LEVEL })),
    };
  },

  async join(job, _units, paths, path) {
    const frames = job.durationsUs.length;
    const plan = planSheet(frames, job.size);
    const width = plan.columns * plan.cell.width;
    const height = plan.rows * plan.cell.height;
    const sheet = Buffer.alloc(width * height * 4);
    let frame = 0;
    for (const unit of paths) {
      const cells = await unpack(await readFile(unit));
      const cellBytes = plan.cell.width * plan.cell.height * 4;
      for (let at = 0; at < cells.length; at += cellBytes)
        placeCell(sheet, cells.subarray(at, at + cellBytes), plan, frame++);
    }
    if (frame !== frames) throw new Error("the sprite sheet got another number of frames");
    await sharp(sheet, { raw: { width, height, channels: 4 }, limitInputPixels: false })
      .png()
      .toFile(path);
    await writeFile(path.replace(/\.png$/, ".json"), `${JSON.stringify(describeSheet(job, plan), null, 2)}\n`);
  },
};

async function makeCell(rgba: Buffer, size: Size, cell: Size): Promise<Buffer> {
  if (cell.width === size.width && cell.height === size.height) return rgba;
  const image = sharp(rgba, { raw: { ...size, channels: 4 } });
  return await image
    .resize({ ...cell, fit: "fill" })
    .raw()
    .toBuffer();
}

function placeCell(sheet: Buffer, cell: Buffer, { columns, cell: size }: SheetPlan, frame: number): void {
  const left = (frame % columns) * size.width;
  const top = Math.floor(frame / columns) * size.height;
  for (let y = 0; y < size.height; y++) {
    const row = cell.subarray(y * size.width * 4, (y + 1) * size.width * 4);
    row.copy(sheet, ((top + y) * columns * size.width + left) * 4);
  }
}

function describeSheet(job: EncodeJob, { columns, rows, cell }: SheetPlan): object {
  let timeMs = 0;
  const frames = toTicks(job.durationsUs, MS_US).map((durationMs, i) => {
    const frame = {
      x: (i % columns) * cell.width,
      y: Math.floor(i / columns) * cell.height,
      timeMs,
      durationMs,
    };
    timeMs += durationMs;
    return frame;
  });
  return { columns, rows, frameWidth: cell.width, frameHeight: cell.height, durationMs: timeMs, frames };
}
