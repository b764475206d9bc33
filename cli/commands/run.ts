/** `kiln run TYPE FILE…`: a job on a server, a chain of jobs (`--then TYPE`), or one of these for each file. */
import type { Kiln } from "#client/kiln.ts";
import { findFlag } from "../arguments/command-line.ts";
import { findType } from "../arguments/job-request.ts";
import { RUN_FLAGS, type RunRequest, type RunStep, readRunRequest } from "../arguments/run-request.ts";
import { showBatch, summaryOf } from "../display/batch-view.ts";
import { resultText, showProgress } from "../display/job-view.ts";
import { jsonOfBatch, jsonOfJob, writeJson } from "../display/json-lines.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { typeHelp } from "../display/type-help.ts";
import { NoFilesError } from "../exit-codes.ts";
import { type RunBatchObserver, runBatch } from "../jobs/run-batch.ts";
import { type JobResult, type RunJobObserver, runJob } from "../jobs/run-job.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";
import { knownTypes } from "./job-types.ts";
import { watchCommand } from "./watch.ts";

export const run: Command = {
  name: "run",
  group: "Make something",
  summary: "run a job on a server and download what it made",
  usage: [
    "run TYPE FILE… [--param-name value …] [-o DIR]",
    "run TYPE FILE… --then TYPE … [-o DIR]",
    "run TYPE --watch DIR [-o DIR]",
  ],
  description: `FILE is a file, a folder, a pattern ('photos/*.jpg') or - for standard input.
Parameters are written --depthMm 3, --depth-mm 3 or --param depthMm=3. Lists repeat or take
commas: --formats glb,usdz. A comma in a name is written \\,
A type that takes one file makes a job of each when there are several, as a batch: a folder for
each in DIR. Behind --then stand the parameters of that type.
Results of an earlier run in DIR are replaced; files that were given to the job never are.
--watch runs each file that is new or has changed once it is complete; the results lie in a folder
of its name, beside it or in -o DIR. What was done is known by its content, also after a restart.
Ctrl-C cancels the job; a second Ctrl-C leaves it to the server, and kiln download goes on with it.
With --json the lines are of the kinds upload, job, queue, event, download, result, error (batch
for several jobs).`,
  flags: RUN_FLAGS,
  examples: [
    ["run logo-to-3d logo.svg --depth-mm 6 --formats glb,stl -o model", ""],
    ["run logo-to-3d logo.svg -o logo.stl", "that file only"],
    ["run image-to-svg logos/ -o svgs", "one job for each picture of the folder"],
    ["run image-to-svg - < drawing.png", "from standard input"],
    ["run remove-background photo.png --then image-to-svg --preset logo --then logo-to-3d", "a chain"],
    ["run photogrammetry photos/ --until check", "which photos are good enough for a model"],
    ["run remove-background --watch inbox/ -o cutouts", "whatever comes into the folder"],
  ],
  words: ["job-type", "file"],
  typed: true,
  // Without a server: nobody should have to start one to read this.
  help: (args) =>
    args[0] === undefined || args[0].startsWith("-") ? null : typeHelp(findType(knownTypes(), args[0]), "run"),
  run: runCommand,
};

/** Runs the command; resolves once every artifact is on disk. */
async function runCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const kiln = await connect({ value: (name) => findFlag(args, name) }, terminal);
  const types = await kiln.jobTypes({ signal: terminal.signal, repeatable: false });
  const request = await readRunRequest(args, types, terminal);
  if ("watch" in request) return watchCommand(kiln, request, terminal);
  const line = new ProgressLine(terminal.stderr, { color: wantsColor(terminal.stderr, terminal.env) });
  try {
    const alone = request.steps.length === 1 && request.chains.length === 1;
    await (alone ? runOne(kiln, request, line, terminal) : runMany(kiln, request, line, terminal));
  } finally {
    line.clear();
  }
}

async function runOne(kiln: Kiln, request: RunRequest, line: ProgressLine, terminal: Terminal): Promise<void> {
  const [step] = request.steps as [RunStep];
  const started = performance.now();
  const inputs = request.chains[0] ?? [];
  const asked = { ...request, ...step, inputs, signal: terminal.signal };
  const shown = request.json ? jsonOfJob(terminal.stdout) : showProgress(line, step.type);
  const result = await runJob(kiln, asked, interruptible(shown, terminal));
  line.clear();
  await printResult(result, started, request.json, terminal);
}

/** For who leaves, or is left by the server, before the files are there. */
const partingWords = (id: string): string =>
  `kiln: ${id} goes on without you. kiln download ${id} waits for it and saves its files.\n`;

/** The observer, and words for a user who interrupts: what becomes of the job, and how to go on with it. */
export function interruptible(observer: RunJobObserver, { stderr, parting }: Terminal): RunJobObserver {
  let id = "";
  return {
    ...observer,
    onCreated: (job) => {
      ({ id } = job);
      parting.words = partingWords(id);
      observer.onCreated?.(job);
    },
    onInterrupt: (told) => {
      const became = told
        ? `${id} is cancelled. kiln retry ${id} puts it back in line.`
        : `${id} could not be cancelled.`;
      stderr.write(`\nkiln: ${became}\n`);
      if (told) parting.words = "";
    },
  };
}

/** Prints files and facts of one job, or all of it as JSON; warnings go to standard error. */
export async function printResult(
  { job, manifest, files }: JobResult,
  started: number,
  json: boolean,
  { stdout, stderr }: Terminal,
): Promise<void> {
  const seconds = Math.round(performance.now() - started) / 1000;
  if (json) writeJson(stdout, { kind: "result", job, files, seconds });
  else stdout.write(await resultText(manifest, files));
  if (job.cached) stderr.write("made before: the result was there already; --no-cache runs the job again\n");
  for (const warning of manifest.warnings) stderr.write(`warning: ${warning}\n`);
}

async function runMany(kiln: Kiln, request: RunRequest, line: ProgressLine, terminal: Terminal): Promise<void> {
  const { stdout, stderr, parting, signal } = terminal;
  const started = performance.now();
  const shown = request.json ? jsonOfBatch(stdout) : showBatch(line, request);
  const observer: RunBatchObserver = {
    ...shown,
    onCreated: (batch) => {
      parting.words = partingWords(batch.id);
      shown.onCreated?.(batch);
    },
    onInterrupt: (told) => {
      stderr.write(`\nkiln: the jobs ${told ? "are" : "could not be"} cancelled.\n`);
      if (told) parting.words = "";
    },
  };
  const result = await runBatch(kiln, { ...request, signal }, observer);
  line.clear();
  const seconds = Math.round(performance.now() - started) / 1000;
  const { batch, saved, failures } = result;
  if (request.json) writeJson(stdout, { kind: "result", batch, jobs: saved, seconds });
  else stdout.write(summaryOf(result));
  if (failures.length === 0) return;
  const reasons = failures.map(({ key, type, state, error }) => `${key} (${type}): ${error?.message ?? state}`);
  const code = failures[0]?.error?.code ?? failures[0]?.state ?? "failed";
  throw new NoFilesError(code, `${failures.length} of ${batch.size} jobs did not succeed.\n${reasons.join("\n")}`);
}
