/** `kiln rerun JOB`, `kiln pin JOB`, `kiln unpin JOB`: versions of a result, and results that are kept. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Job } from "#contract/job.ts";
import { jobIdSchema } from "#contract/job.ts";
import { splitCommandLine } from "../arguments/command-line.ts";
import { findType, flagValue, readStep } from "../arguments/job-request.ts";
import { checkParams } from "../arguments/param-flags.ts";
import { showProgress } from "../display/job-view.ts";
import { ProgressLine, wantsColor } from "../display/progress-line.ts";
import { UsageError } from "../exit-codes.ts";
import { followJob } from "../jobs/run-job.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import { HELP } from "./help.ts";
import { printResult } from "./run.ts";

const RERUN_FLAGS = ["out", "json", "api", "key", "help", "no-cache"];
const PIN_FLAGS = ["json", "api", "key"];

/** The id of a job, which a command names first. */
function readJobId(word: string | undefined): string {
  if (word !== undefined && jobIdSchema.safeParse(word).success) return word;
  throw new UsageError(
    `${word === undefined ? "Name a job" : `"${word}" is not the id of a job`}: job_ and 26 characters.`,
  );
}

/** Makes another version of a job: its files, its parameters with those given over them. Resolves once it is on disk. */
export async function rerunCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const { signal, stdout, stderr, cwd } = terminal;
  if (args.includes("--help") || args.includes("-h")) return void stdout.write(HELP);
  const id = readJobId(args[0]);
  const kiln = connect(args, terminal.env);
  const earlier = await kiln.job(id, { signal, repeatable: false });
  const type = findType(await kiln.jobTypes({ signal }), earlier.type);
  const { params, words, flags } = readStep(type, args.slice(1), RERUN_FLAGS);
  if (words.length > 0) throw new UsageError(`${words[0]}: a rerun takes the files of the job. kiln run takes others.`);
  checkParams(type.paramsSchema, { ...earlier.params, ...params });
  const outDir = resolve(cwd, flagValue(flags, "out") ?? "out");
  await mkdir(outDir, { recursive: true });
  const policy = flags.some(({ name }) => name === "no-cache") ? { cache: false } : {};
  const line = new ProgressLine(stderr, { color: wantsColor(stderr, terminal.env) });
  const started = performance.now();
  try {
    const created = await kiln.rerunJob(id, { params, policy }, { signal });
    const result = await followJob(kiln, created, { outDir, signal }, showProgress(line, type));
    line.clear();
    await printResult(
      result,
      started,
      flags.some(({ name }) => name === "json"),
      terminal,
    );
  } finally {
    line.clear();
  }
}

/** Keeps the files of a job, or lets them go after their time again. */
async function keep(args: readonly string[], terminal: Terminal, pinned: boolean): Promise<void> {
  const { words, flags } = splitCommandLine(args, (flag) => flag === "json");
  const unknown = flags.find(({ name }) => !PIN_FLAGS.includes(name));
  if (unknown) throw new UsageError(`--${unknown.name} is not known. Flags are --api, --key and --json.`);
  if (words.length > 1) throw new UsageError("One job at a time, please.");
  const id = readJobId(words[0]);
  const kiln = connect(args, terminal.env);
  const options = { signal: terminal.signal };
  const job = await (pinned ? kiln.pin(id, options) : kiln.unpin(id, options));
  const json = flags.some(({ name }) => name === "json");
  terminal.stdout.write(json ? `${JSON.stringify({ job })}\n` : `${keptText(job)}\n`);
}

function keptText({ id, pinned, expiresAt }: Job): string {
  if (pinned) return `The files of ${id} are kept until it is unpinned.`;
  return expiresAt === null ? `${id} is not pinned.` : `The files of ${id} go at ${new Date(expiresAt).toISOString()}.`;
}

export const pinCommand = (args: readonly string[], terminal: Terminal): Promise<void> => keep(args, terminal, true);
export const unpinCommand = (args: readonly string[], terminal: Terminal): Promise<void> => keep(args, terminal, false);
