/**
 * `npm run bench -- photogrammetry`: the real recipe on photos whose cameras and surface are known, and the same work by a plain
 * script, in turns. Prints a table, and of each figure that is required whether it is met; exit code 1 when one isn't.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
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

/**
 * A job and by_hand.py with the same photos, in turns, so that a busy machine is busy for all. The plain script is what is judged;
 * one that shares the depth maps among the processors, as the job does, shows what the job's own work costs.
 */
async function benchByHand(turns: number, settings: Settings): Promise<Verdict[]> {
  const photos = await makePhotos("textured", 24, settings);
  console.log(`\nagainst the same libraries by hand, ${photos.paths.length} photos of ${settings.width} px`);
  const rounds: { job: Usage; plain: Usage; shared: Usage }[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const dir = join(settings.dir, `by-hand-${turn + 1}`);
    const request = { type: "photogrammetry", params: settings.params, inputs: photos.paths };
    const { outcome, usage: job } = await runWatchedJob(request, join(dir, "job"), settings.onLine);
    if (!("manifest" in outcome)) throw new Error(`the job failed: ${outcome.message}`);
    const plain = await runByHand(photos, 1, join(dir, "plain"), settings);
    const shared = await runByHand(photos, availableParallelism(), join(dir, "shared"), settings);
    console.log(`  job ${line(job)}\n  by hand ${line(plain)}\n  by hand, depth shared by processes ${line(shared)}`);
    rounds.push({ job, plain, shared });
  }
  const ratio = (by: (round: (typeof rounds)[number]) => number) => median(rounds.map(by));
  const [wall, sharedWall] = [
    ratio((r) => r.job.seconds / r.plain.seconds),
    ratio((r) => r.job.seconds / r.shared.seconds),
  ];
  const cpu = ratio((r) => r.job.cpuSeconds / r.plain.cpuSeconds);
  console.log(
    `  CPU as a ratio: ${cpu.toFixed(2)}; wall, where the script shares its depth maps, too: ${sharedWall.toFixed(2)}`,
  );
  return print([atMost("wall against the plain script, as a ratio", wall, MAX_RATIO, "", 2)]);
}

/** Runs by_hand.py, and looks whether its model is one. */
async function runByHand(
  { dataset, paths }: Photos,
  processes: number,
  dir: string,
  settings: Settings,
): Promise<Usage> {
  await mkdir(dir, { recursive: true });
  const { python } = pythonEnvironment("photogrammetry", cacheDirectory(process.env));
  const script = [python, "-B", join(HERE, "by_hand.py"), dir, settings.params.quality, String(processes), ...paths];
  const usage = await watch(script, "", dir, settings.onLine);
  const { surface } = await evaluate(dir, dataset, join(dir, "evaluation.json"));
  if (!surface) throw new Error("by_hand.py made no model");
  return usage;
}

const line = ({ seconds, cpuSeconds, peak }: Usage): string =>
  `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} CPU-s, ${megabytes(peak.memoryBytes)}`;
