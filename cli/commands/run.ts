/** `kiln run TYPE FILE…`: a job on a server, a chain of jobs (`--then TYPE`), or one of these for each file. */
import type { Kiln } from "#client/kiln.ts";
import { findType } from "../arguments/job-request.ts";
import { type RunRequest, type RunStep, readRunRequest } from "../arguments/run-request.ts";
import { showBatch, summaryOf } from "../display/batch-view.ts";
import { resultText, showProgress } from "../display/job-view.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { JobFailedError } from "../exit-codes.ts";
import { runBatch } from "../jobs/run-batch.ts";
import { type JobResult, runJob } from "../jobs/run-job.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import { typeHelp } from "./help.ts";
import { knownTypes } from "./list-types.ts";

/** Runs the command; resolves once every artifact is on disk. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const { signal, stdout } = terminal;
  if (args.includes("--help") || args.includes("-h")) {
    // Without a server: nobody should have to start one to read this.
    stdout.write(typeHelp(findType(knownTypes(), args[0]), "run"));
    return;
  }
  const kiln = connect(args, terminal.env);
  const types = await kiln.jobTypes({ signal, repeatable: false });
  const request = await readRunRequest(args, types, terminal.cwd);
  const line = new ProgressLine(terminal.stderr, { color: wantsColor(terminal.stderr, terminal.env) });
  try {
    const alone = request.steps.length === 1 && request.chains.length === 1;
    await (alone ? runOne(kiln, request, line, terminal) : runMany(kiln, request, line, terminal));
  } finally {
    line.clear();
  }
}

async function runOne(kiln: Kiln, request: RunRequest, line: ProgressLine, terminal: Terminal): Promise<void> {
  const [{ type, params }] = request.steps as [RunStep];
  const started = performance.now();
  const files = request.chains[0] ?? [];
  const asked = { ...request, type: type.name, params, files, signal: terminal.signal };
  const result = await runJob(kiln, asked, showProgress(line, type));
  line.clear();
  await printResult(result, started, request.json, terminal);
}

/** Prints files and facts of one job, or all of it as JSON; warnings go to standard error. */
export async function printResult(
  { job, manifest, files }: JobResult,
  started: number,
  json: boolean,
  { stdout, stderr }: Terminal,
): Promise<void> {
  const seconds = Math.round(performance.now() - started) / 1000;
  stdout.write(json ? `${JSON.stringify({ job, files, seconds })}\n` : await resultText(manifest, files));
  if (job.cached) stderr.write("made before: the result was there already; --no-cache runs the job again\n");
  for (const warning of manifest.warnings) stderr.write(`warning: ${warning}\n`);
}

async function runMany(kiln: Kiln, request: RunRequest, line: ProgressLine, terminal: Terminal): Promise<void> {
  const started = performance.now();
  const steps = request.steps.map(({ type, params }) => ({ type: type.name, params }));
  const asked = { ...request, steps, signal: terminal.signal };
  const result = await runBatch(kiln, asked, showBatch(line, request));
  line.clear();
  const seconds = Math.round(performance.now() - started) / 1000;
  const { batch, saved, failures } = result;
  terminal.stdout.write(request.json ? `${JSON.stringify({ batch, jobs: saved, seconds })}\n` : summaryOf(result));
  if (failures.length === 0) return;
  const reasons = failures.map(({ key, type, state, error }) => `${key} (${type}): ${error?.message ?? state}`);
  const code = failures[0]?.error?.code ?? failures[0]?.state ?? "failed";
  throw new JobFailedError(code, `${failures.length} of ${batch.size} jobs did not succeed.\n${reasons.join("\n")}`);
}
