/**
 * `npm run bench -- photogrammetry`: the real recipe on photos whose cameras and surface are known, and the same work by a plain
 * script, in turns. Prints a table, and of each figure that is required whether it is met; exit code 1 when one isn't.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { Manifest } from "#contract/manifest.ts";
import { cacheDirectory, pythonEnvironment } from "../../gpu-runner/engines/python-environment.mjs";
import { median } from "../median.ts";
import { megabytes, runWatchedJob, type Usage, watch } from "../watched-job.ts";
import { atMost, type Evaluation, judge, MAX_RATIO, type Run, show, type Verdict } from "./figures.ts";
import { SCENES, type Scene, turntable } from "./turntable/turntable.ts";

const HERE = import.meta.dirname;
const VIEWS_ALL_AROUND = 48;
/** What is run of each scene. Of `repeating` it is the cameras that matter. */
const VIEWS: Readonly<Record<Scene, readonly number[]>> = { textured: [48, 24, 12], plain: [24], repeating: [24, 12] };
const USAGE = `npm run bench -- photogrammetry [--scene ${SCENES.join()}] [--views 48,24,12] [--only jobs,by-hand]
  [--quality standard] [--until cameras] [--width 1024] [--turns 1] [--keep DIR] [--log]
--keep keeps the results, --log prints what the jobs say.`;

interface Settings {
  readonly width: number;
  readonly params: { readonly quality: string; readonly until: string };
  /** Where results go. */
  readonly dir: string;
  readonly onLine: (line: string) => void;
}

/** Runs the benchmark; returns the exit code. */
export async function benchPhotogrammetry(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      scene: { type: "string", default: SCENES.join() },
      views: { type: "string", default: "48,24,12" },
      only: { type: "string", default: "jobs,by-hand" },
      quality: { type: "string", default: "standard" },
      until: { type: "string", default: "model" },
      width: { type: "string", default: "1024" },
      turns: { type: "string", default: "1" },
      keep: { type: "string" },
      log: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [scenes, only] = [values.scene.split(","), values.only.split(",")];
  const wanted = values.views.split(",").map(Number);
  const sets = SCENES.filter((scene) => scenes.includes(scene)).flatMap((scene) =>
    VIEWS[scene].filter((views) => wanted.includes(views)).map((views) => ({ scene, views })),
  );
  const dir = values.keep ?? (await mkdtemp(join(tmpdir(), "kiln-bench-photogrammetry-")));
  const settings: Settings = {
    width: Number(values.width),
    params: { quality: values.quality, until: values.until },
    dir,
    onLine: values.log ? (line) => console.error(`  ${line}`) : () => {},
  };
  try {
    const verdicts: Verdict[] = [];
    if (only.includes("jobs"))
      for (const { scene, views } of sets) verdicts.push(...(await benchSet(scene, views, settings)));
    if (only.includes("by-hand")) verdicts.push(...(await benchByHand(Number(values.turns), settings)));
    const missed = verdicts.filter(({ isMet }) => !isMet);
    console.log(`${verdicts.length - missed.length} of ${verdicts.length} figures are met`);
    return missed.length === 0 && verdicts.length > 0 ? 0 : 1;
  } finally {
    if (!values.keep) await rm(dir, { recursive: true, force: true });
  }
}

interface Photos {
  readonly dataset: string;
  /** Paths, at even steps all around. */
  readonly paths: readonly string[];
}

/** So many photos of a scene. They are taken from its largest set. */
async function makePhotos(scene: Scene, views: number, { width }: Settings): Promise<Photos> {
  const most = Math.max(...VIEWS[scene]);
  const options = { scene, width, views: VIEWS_ALL_AROUND, every: VIEWS_ALL_AROUND / most };
  const dataset = await turntable(options, console.error);
  const names = (await readdir(join(dataset, "photos"))).sort();
  const chosen = names.filter((_, index) => index % (most / views) === 0);
  return { dataset, paths: chosen.map((name) => join(dataset, "photos", name)) };
}

async function benchSet(scene: Scene, views: number, settings: Settings): Promise<Verdict[]> {
  const { dataset, paths } = await makePhotos(scene, views, settings);
  const dir = join(settings.dir, `${scene}-${views}`);
  await mkdir(dir, { recursive: true });
  console.log(`\n${scene}, ${views} photos of ${settings.width} px`);
  const params = scene === "repeating" ? { ...settings.params, until: "cameras" } : settings.params;
  const request = { type: "photogrammetry", params, inputs: paths };
  const { outcome, usage } = await runWatchedJob(request, dir, settings.onLine);
  const isDone = "manifest" in outcome;
  const evaluation = isDone ? await evaluate(join(dir, "out"), dataset, join(dir, "evaluation.json")) : undefined;
  const run: Run = {
    scene,
    views,
    ...(evaluation ? { evaluation } : {}),
    until: params.until === "model" ? "model" : "cameras",
    unnamed: isDone ? findUnnamed(paths, evaluation, outcome.manifest) : [],
    refused: isDone ? null : outcome,
    seconds: usage.seconds,
    cpuSeconds: usage.cpuSeconds,
    memoryBytes: usage.peak.memoryBytes,
  };
  printRun(run, usage, isDone ? outcome.manifest : undefined);
  const wanted =
    settings.params.until === "model" ? judge(run) : judge(run).filter(({ figure }) => /camera|photo/.test(figure));
  return print(wanted);
}

interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

const leftOut = ({ report }: Manifest): readonly LeftOut[] => (report.dropped ?? []) as LeftOut[];

function findUnnamed(photos: readonly string[], evaluation: Evaluation | undefined, manifest: Manifest): string[] {
  const placed = Object.keys(evaluation?.cameras.perCamera ?? {});
  const named = new Set([...placed, ...leftOut(manifest).map(({ file }) => file)].map((file) => basename(file)));
  return photos.map((path) => basename(path)).filter((name) => !named.has(name));
}

/** Runs evaluate/ on a job's files or a scene folder. */
async function evaluate(result: string, dataset: string, to: string): Promise<Evaluation> {
  const { python } = pythonEnvironment("photogrammetry", cacheDirectory(process.env));
  await promisify(execFile)(python, ["-B", join(HERE, "evaluate"), result, dataset, "--json", to]);
  return JSON.parse(await readFile(to, "utf8")) as Evaluation;
}

function printRun(run: Run, { seconds, cpuSeconds, peak }: Usage, manifest: Manifest | undefined): void {
  if (run.refused) console.log(`  refused: ${run.refused.code}: ${run.refused.message}`);
  if (run.evaluation) printEvaluation(run.evaluation, run.views);
  const stages = manifest?.timings.map(({ stage, seconds: taken }) => `${stage} ${taken.toFixed(1)}`).join(", ");
  console.log(`  ${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} CPU-s; wall seconds: ${stages ?? "-"}`);
  console.log(
    `  most memory of all processes together ${megabytes(peak.memoryBytes)}, disk ${megabytes(peak.diskBytes)}`,
  );
  for (const line of peak.processes) console.log(`    ${line}`);
  for (const { file, reason } of manifest ? leftOut(manifest) : []) console.log(`  left out ${file}: ${reason}`);
  for (const warning of manifest?.warnings ?? []) console.log(`  warning: ${warning}`);
}

function printEvaluation({ cameras, surface, views }: Evaluation, photos: number): void {
  const { kept, wrong, rmsePercent, worstPercent } = cameras;
  const errors = `RMSE ${show(rmsePercent, "%", 4)}, worst ${show(worstPercent, "%", 4)}`;
  console.log(`  cameras: ${kept} of ${photos} kept, ${wrong.length} wrong, ${errors}`);
  if (surface) {
    const { accuracy, completeness, chamferPercent } = surface;
    const of = (part: typeof accuracy) => `${show(part?.within1, "%", 1)} within 1 %, mean ${show(part?.mean, "%", 3)}`;
    console.log(
      `  surface: accuracy ${of(accuracy)}; completeness ${of(completeness)}; chamfer ${show(chamferPercent, "%", 3)}`,
    );
  }
  if (views) {
    const gain = `${show(views.psnrAfterGainDb, "dB", 1)} after gain`;
    const object = `${show(views.objectPsnrDb, "dB", 1)} of the object with its holes`;
    console.log(
      `  held-out views: ${show(views.psnrDb, "dB", 1)} (${gain}, ${object}), SSIM ${show(views.ssim, "", 3)}`,
    );
  }
}

function print(verdicts: Verdict[]): Verdict[] {
  for (const { figure, found, bound, isMet } of verdicts)
    console.log(`  ${isMet ? "PASS" : "FAIL"}  ${figure}: ${found} (${bound})`);
  return verdicts;
}

/** A job and by_hand.py with the same photos, in turns, so that a busy machine is busy for both. */
async function benchByHand(turns: number, settings: Settings): Promise<Verdict[]> {
  const { dataset, paths: inputs } = await makePhotos("textured", 24, settings);
  const { python } = pythonEnvironment("photogrammetry", cacheDirectory(process.env));
  console.log(`\nagainst the same libraries by hand, ${inputs.length} photos of ${settings.width} px`);
  const ratios: { wall: number; cpu: number }[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const dir = join(settings.dir, `by-hand-${turn + 1}`);
    await mkdir(join(dir, "scene"), { recursive: true });
    const request = { type: "photogrammetry", params: settings.params, inputs };
    const { outcome, usage } = await runWatchedJob(request, dir, settings.onLine);
    if (!("manifest" in outcome)) throw new Error(`the job failed: ${outcome.message}`);
    const script = [python, "-B", join(HERE, "by_hand.py"), join(dir, "scene"), settings.params.quality];
    const byHand = await watch([...script, ...inputs], "", dir, settings.onLine);
    await evaluate(join(dir, "scene"), dataset, join(dir, "by-hand.json"));
    ratios.push({ wall: usage.seconds / byHand.seconds, cpu: usage.cpuSeconds / byHand.cpuSeconds });
    console.log(`  job ${line(usage)}; by hand ${line(byHand)}`);
  }
  const cpu = median(ratios.map((ratio) => ratio.cpu));
  console.log(`  CPU ratio ${cpu.toFixed(2)}`);
  return print([atMost("wall, as a ratio", median(ratios.map(({ wall }) => wall)), MAX_RATIO, "", 2)]);
}

const line = ({ seconds, cpuSeconds, peak }: Usage): string =>
  `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} CPU-s, ${megabytes(peak.memoryBytes)}`;
