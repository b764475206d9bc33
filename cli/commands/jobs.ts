/** `kiln jobs`, `status`, `logs`, `cancel`, `retry`: what became of jobs, and changing it. */
import type { Kiln } from "#client/kiln.ts";
import { JOB_STATES, type JobState } from "#contract/job-states.ts";
import type { JobList } from "#contract/public-api.ts";
import { type Arguments, type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { isBatchId, readJobId, readJobIds } from "../arguments/job-ids.ts";
import { printable } from "../display/cells.ts";
import { jobFacts, stateColor } from "../display/job-facts.ts";
import { writeJson } from "../display/json-lines.ts";
import { fromNow, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";

const DEFAULT_LIMIT = 20;
const COMMON = [JSON_FLAG, ...SERVER_FLAGS];

/** Reads arguments and connects: what all commands of this kind begin with. */
async function begin(
  args: readonly string[],
  flags: readonly FlagSpec[],
  terminal: Terminal,
): Promise<{ given: Arguments; kiln: Kiln; signal: AbortSignal }> {
  const given = readArguments(args, flags);
  const kiln = await connect(given, terminal);
  return { given, kiln, signal: terminal.signal };
}

const LIST_FLAGS: readonly FlagSpec[] = [
  { name: "state", value: "STATE", summary: "only jobs in this state", choices: JOB_STATES },
  { name: "type", value: "TYPE", summary: "only jobs of this type" },
  { name: "batch", value: "BATCH", summary: "only jobs of this batch", ids: "batch" },
  { name: "limit", value: "N", summary: `how many at most (default: ${DEFAULT_LIMIT})` },
  ...COMMON,
];

export const jobs: Command = {
  name: "jobs",
  group: "Jobs",
  summary: "your jobs, newest first",
  usage: ["jobs [--state STATE] [--type TYPE] [--batch BATCH] [--limit N]"],
  description:
    "Yours are those made with the same key, or without one with the same session, which kiln keeps for you.",
  flags: LIST_FLAGS,
  examples: [
    ["jobs --state failed", ""],
    ["jobs --json | jq -r .id", "a job a line"],
  ],
  words: ["none", "none"],
  async run(args, terminal) {
    const { given, kiln, signal } = await begin(args, LIST_FLAGS, terminal);
    if (given.words[0] !== undefined) throw new UsageError(`${given.words[0]}: kiln status shows one job.`);
    const limit = given.count("limit") ?? DEFAULT_LIMIT;
    const type = given.value("type");
    const state = given.value("state") as JobState | undefined;
    const batch = given.value("batch");
    if (batch !== undefined && !isBatchId(batch))
      throw new UsageError(`"${batch}" is not the id of a batch: bat_ and 26 characters. kiln batches lists yours.`);
    const shown: JobList["jobs"] = [];
    for await (const job of kiln.listJobs({ state, batch, signal })) {
      if (type === undefined || job.type === type) shown.push(job);
      if (shown.length === limit) break;
    }
    if (given.has("json")) for (const job of shown) writeJson(terminal.stdout, job);
    else terminal.stdout.write(shown.length === 0 ? "There are no such jobs.\n" : jobTable(shown, terminal));
    return undefined;
  },
};

function jobTable(list: JobList["jobs"], { stdout, env }: Terminal): string {
  const paint = painter(stdout, env);
  const now = Date.now();
  const rows = list.map((job) => {
    const notes = [job.cached ? "made before" : "", job.pinned ? "pinned" : "", job.error?.message ?? ""];
    return [job.id, job.type, job.state, fromNow(job.createdAt, now), notes.filter(Boolean).join(", ")];
  });
  return table(["JOB", "TYPE", "STATE", "MADE", ""], rows, paint, (column, plain, padded) =>
    column === 2 ? paint(stateColor(plain as JobState), padded) : padded,
  );
}

export const status: Command = {
  name: "status",
  group: "Jobs",
  summary: "how a job stands: state, progress, place in line, files",
  usage: ["status JOB…"],
  flags: COMMON,
  examples: [["status job_…", ""]],
  words: ["job", "job"],
  async run(args, terminal) {
    const { given, kiln, signal } = await begin(args, COMMON, terminal);
    for (const [index, id] of readJobIds(given.words).entries()) {
      const job = await kiln.job(id, { signal });
      if (given.has("json")) writeJson(terminal.stdout, job);
      else
        terminal.stdout.write(
          (index > 0 ? "\n" : "") + jobFacts(job, painter(terminal.stdout, terminal.env), Date.now()),
        );
    }
    return undefined;
  },
};

const LOG_FLAGS: readonly FlagSpec[] = [
  { name: "follow", short: "f", summary: "go on until the job has ended" },
  ...COMMON,
];

export const logs: Command = {
  name: "logs",
  group: "Jobs",
  summary: "the log of a job",
  usage: ["logs [-f] JOB"],
  flags: LOG_FLAGS,
  examples: [["logs -f job_…", ""]],
  words: ["job", "none"],
  async run(args, terminal) {
    const { given, kiln, signal } = await begin(args, LOG_FLAGS, terminal);
    if (given.words.length > 1) throw new UsageError("One job at a time, please.");
    const id = readJobId(given.words[0]);
    const print = (line: { seq: number; at: number; attempt: number; line: string }) => {
      if (given.has("json")) writeJson(terminal.stdout, line);
      else terminal.stdout.write(`${line.line.split("\t").map(printable).join("\t")}\n`);
    };
    if (given.has("follow")) {
      for await (const { seq, at, kind, data } of kiln.events(id, { signal }))
        if (kind === "log") print({ seq, at, ...data });
      return undefined;
    }
    for (let after = 0; ; ) {
      const page = await kiln.logs(id, { after, signal });
      page.lines.forEach(print);
      if (page.lines.length === 0) return undefined;
      after = page.next;
    }
  },
};

const CANCEL_FLAGS: readonly FlagSpec[] = [{ name: "all", summary: "all of yours that have not begun" }, ...COMMON];

export const cancel: Command = {
  name: "cancel",
  group: "Jobs",
  summary: "stop jobs",
  usage: ["cancel JOB…", "cancel --all"],
  flags: CANCEL_FLAGS,
  examples: [["cancel --all", "what waits in line; what a runner has begun goes on"]],
  words: ["job", "job"],
  run: (args, terminal) =>
    change(args, CANCEL_FLAGS, terminal, {
      one: (kiln, id, signal) => kiln.cancel(id, { signal }),
      all: (kiln, cursor, signal) => kiln.cancelJobs({ cursor }, { signal }),
      done: "cancelled",
    }),
};

const RETRY_FLAGS: readonly FlagSpec[] = [
  { name: "all", summary: "all of yours that failed" },
  {
    name: "state",
    value: "STATE",
    summary: "with --all: those that ended so (default: failed)",
    choices: ["failed", "canceled", "expired"],
  },
  ...COMMON,
];

export const retry: Command = {
  name: "retry",
  group: "Jobs",
  summary: "put jobs that failed, expired or were cancelled back in line",
  usage: ["retry JOB…", "retry --all [--state STATE]"],
  flags: RETRY_FLAGS,
  examples: [
    ["retry job_…", ""],
    ["retry --all --state expired", ""],
  ],
  words: ["job", "job"],
  run: (args, terminal) => {
    const state = readArguments(args, RETRY_FLAGS).value("state") as "failed" | "canceled" | "expired" | undefined;
    return change(args, RETRY_FLAGS, terminal, {
      one: (kiln, id, signal) => kiln.retryJob(id, { signal }),
      all: (kiln, cursor, signal) => kiln.retryJobs({ cursor, state }, { signal }),
      done: "back in line",
    });
  },
};

interface Change {
  one(kiln: Kiln, id: string, signal: AbortSignal): Promise<{ id: string; state: JobState }>;
  all(kiln: Kiln, cursor: string | undefined, signal: AbortSignal): Promise<{ changed: number; cursor: string | null }>;
  readonly done: string;
}

/** Changes the jobs that are named, or with `--all` all that can be. */
async function change(
  args: readonly string[],
  flags: readonly FlagSpec[],
  terminal: Terminal,
  { one, all, done }: Change,
): Promise<undefined> {
  const { given, kiln, signal } = await begin(args, flags, terminal);
  const json = given.has("json");
  if (!given.has("all")) {
    for (const id of readJobIds(given.words)) {
      const job = await one(kiln, id, signal);
      if (json) writeJson(terminal.stdout, job);
      else terminal.stdout.write(`${id} is ${job.state}\n`);
    }
    return;
  }
  if (given.words.length > 0) throw new UsageError("Name jobs, or say --all.");
  let changed = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await all(kiln, cursor ?? undefined, signal);
    changed += page.changed;
    cursor = page.cursor;
  }
  if (json) writeJson(terminal.stdout, { changed });
  else terminal.stdout.write(`${changed} ${changed === 1 ? "job is" : "jobs are"} ${done}\n`);
}
