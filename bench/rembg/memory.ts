/**
 * Memory of rembg's worker over many pictures: one job of all of them, in a runner of its own, its children's resident memory
 * read from /proc after each picture.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { engineSettings, loadLocalConfig } from "../../gpu-runner/config.ts";
import { closeEngines, makeEngines } from "../../gpu-runner/engines/engines.ts";
import { listPids, readEnvironmentValue, readResidentBytes } from "../../gpu-runner/process/proc-table.ts";
import { runLocal } from "../../gpu-runner/run-local.ts";
import { samplePicture } from "../../tests/helpers/samples.ts";

const SAMPLES = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"] as const;
/** Sides of the pictures: different ones, so that memory is asked for in different pieces. */
const SIDES_PX = [160, 192, 224, 256, 288];
/** Readings of a worker before its memory has settled: the first pictures load the model and fill the arena. */
const SETTLING = 10;
/** How much a worker may grow over 500 pictures and still be called flat. */
const MAX_RISE_BYTES = 50_000_000;
const MB = 1_000_000;

/** Runs the job and prints memory at the start, the middle and the end, and its slope. True when it is flat. */
export async function measureMemory(count: number, folder: string): Promise<boolean> {
  const zip = join(folder, "pictures.zip");
  await writeFile(zip, await makePictures(count));
  const config = loadLocalConfig();
  const engines = makeEngines(engineSettings({ ...config, workRoot: folder }, 1, (line) => console.error(line)));
  const series: Reading[] = [];
  try {
    await runLocal(
      { type: "remove-background", params: {}, inputs: [zip], outDir: join(folder, "out") },
      {
        engines,
        workRoot: folder,
        signal: new AbortController().signal,
        observer: {
          onLog: () => {},
          onProgress: ({ stage }) => {
            const reading = stage === "cut-out" ? readWorker(folder) : null;
            if (reading) series.push(reading);
          },
        },
      },
    );
  } finally {
    await closeEngines(engines);
  }
  return judge(count, series);
}

interface Reading {
  readonly pid: number;
  readonly bytes: number;
}

/** The rembg worker whose private home lies in `folder`; while one is replaced by another, the one that is at work. */
function readWorker(folder: string): Reading | null {
  let found: Reading | null = null;
  for (const pid of listPids()) {
    if (!commandOf(pid).includes("rembg_worker.py") || !readEnvironmentValue(pid, "TMPDIR")?.startsWith(folder))
      continue;
    const bytes = readResidentBytes(pid) ?? 0;
    if (bytes > (found?.bytes ?? 0)) found = { pid, bytes };
  }
  return found;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // gone
  }
}

function judge(count: number, series: readonly Reading[]): boolean {
  const workers = Map.groupBy(series, ({ pid }) => pid);
  console.log(`${count} pictures, ${workers.size} workers one after the other; resident memory, MB:`);
  let worst = 0;
  for (const [pid, readings] of workers) {
    const settled = readings.slice(SETTLING).map(({ bytes }) => bytes);
    if (settled.length < 2) continue;
    const middle = settled[Math.floor(settled.length / 2)] as number;
    const [first, last] = [settled[0] as number, settled.at(-1) as number];
    // As if one worker had served all pictures.
    const rise = slope(settled) * series.length;
    worst = Math.max(worst, rise);
    const figures = [first, middle, last].map((bytes) => (bytes / MB).toFixed(0));
    console.log(
      `  worker ${pid}: start ${figures[0]}, middle ${figures[1]}, end ${figures[2]}; ${(rise / MB).toFixed(1)} MB in ${count} pictures by its slope`,
    );
  }
  const isFlat = worst <= MAX_RISE_BYTES;
  console.log(
    `largest rise ${(worst / MB).toFixed(1)} MB (bound ${MAX_RISE_BYTES / MB}: ${isFlat ? "met" : "NOT met"})`,
  );
  return isFlat;
}

/** Least squares: bytes a reading. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  for (const [index, value] of values.entries()) {
    above += (index - middle) * (value - mean);
    below += (index - middle) ** 2;
  }
  return above / below;
}

async function makePictures(count: number): Promise<Uint8Array> {
  const small = await Promise.all(
    SAMPLES.flatMap((name) =>
      SIDES_PX.map((side) => sharp(samplePicture(name)).resize(side, side, { fit: "inside" }).png().toBuffer()),
    ),
  );
  const files = Array.from({ length: count }, (_, index) => [`${index}.png`, small[index % small.length] as Buffer]);
  return zipSync(Object.fromEntries(files), { level: 0 });
}
