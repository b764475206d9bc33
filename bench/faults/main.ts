/**
 * `npm run faults -- --rounds N`: lets things go wrong for real, with a real Worker and real runners, and counts what became
 * of the jobs. Ends with 1 when one was lost, published twice, or did not end.
 */
import { parseArgs } from "node:util";
import { untilSignal } from "../../scripts/stack/until-signal.ts";
import { median } from "../median.ts";
import type { Fault } from "./fault.ts";
import { FaultRig } from "./fault-rig.ts";
import { type RoundJob, type RoundResult, runRound } from "./fault-round.ts";
import { FAULTS } from "./faults.ts";

const HELP = `npm run faults -- [options]

  --rounds N     how often each fault is done (default 1)
  --only TEXT    only faults whose names hold this text; may be given more than once
  --job NAME     what the fault hits: echo (default) or animate (a real one, with checkpoints)
  --lanes N      stacks side by side (default 1)
  --lease-s N    seconds a lease lives (default 5)
  --list         names of the faults
`;

interface FaultsOptions {
  readonly rounds: number;
  readonly faults: readonly Fault[];
  readonly job: RoundJob;
  readonly lanes: number;
  readonly leaseS: number;
}

interface Row {
  readonly fault: Fault;
  readonly results: RoundResult[];
  /** Rounds in which the fault itself could not be done. */
  readonly broken: string[];
  skipped: string | null;
}

function readOptions(args: string[]): FaultsOptions | { readonly exitCode: number; readonly text: string } {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const only = { type: "string", multiple: true } as const;
  const config = { rounds: text, only, job: text, lanes: text, "lease-s": text, list: flag, help: flag } as const;
  try {
    const { values } = parseArgs({ args, options: config });
    if (values.help) return { exitCode: 0, text: HELP };
    if (values.list) return { exitCode: 0, text: FAULTS.map(({ name }) => `${name}\n`).join("") };
    const { only: wanted = [""], job = "echo" } = values;
    const faults = FAULTS.filter(({ name }) => wanted.some((part) => name.includes(part)));
    if (faults.length === 0) throw new Error(`no fault is called like ${wanted.join(" or ")}`);
    if (job !== "echo" && job !== "animate") throw new Error(`--job ${job} is neither echo nor animate`);
    const rounds = wholeNumber("--rounds", values.rounds ?? "1", 1, 10_000);
    const lanes = wholeNumber("--lanes", values.lanes ?? "1", 1, 16);
    const leaseS = wholeNumber("--lease-s", values["lease-s"] ?? "5", 2, 60);
    return { rounds, faults, job, lanes, leaseS };
  } catch (error) {
    return { exitCode: 2, text: `${(error as Error).message}\n\n${HELP}` };
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} ${text} is not a number from ${min} to ${max}`);
  return value;
}

/** Works through the queue on a stack of its own. A stack that a fault has broken is replaced. */
async function runLane(queue: Row[], { job, leaseS }: FaultsOptions): Promise<void> {
  let rig = await FaultRig.start({ jobTypes: job, leaseS });
  try {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const { fault } = row;
      row.skipped = fault.missing?.(rig) ?? null;
      if (row.skipped) continue;
      try {
        const result = await runRound(rig, fault, job);
        row.results.push(result);
        tell(fault, result);
      } catch (error) {
        row.broken.push((error as Error).message);
        process.stderr.write(`${fault.name}: ${(error as Error).message}\n`);
        await rig.stop();
        rig = await FaultRig.start({ jobTypes: job, leaseS });
      }
    }
  } finally {
    await rig.stop();
  }
}

function tell(fault: Fault, { verdicts, seconds, problems }: RoundResult): void {
  const states = verdicts.map(({ succeeded, isTerminal }) => (succeeded ? "ok" : isTerminal ? "failed" : "NOT ENDED"));
  process.stderr.write(`${fault.name}: ${states.join(", ")}, ${seconds.toFixed(1)} s\n`);
  for (const problem of [...problems, ...verdicts.flatMap((verdict) => verdict.problems)])
    process.stderr.write(`  ${problem}\n`);
}

/** One line of the table: name, counts, seconds. */
function describe({ fault, results, broken, skipped }: Row): string[] {
  if (skipped) return [fault.name, `SKIPPED: ${skipped}`];
  const verdicts = results.flatMap((result) => result.verdicts);
  const seconds = results.map((result) => result.seconds);
  const count = (fits: (verdict: (typeof verdicts)[number]) => boolean) => String(verdicts.filter(fits).length);
  return [
    fault.name,
    String(results.length + broken.length),
    String(verdicts.length),
    count(({ isTerminal }) => isTerminal),
    count(({ succeeded }) => succeeded),
    count(({ isLost }) => isLost),
    count(({ isTwice }) => isTwice),
    String(results.reduce((sum, { problems }) => sum + problems.length, broken.length)),
    median(seconds).toFixed(1),
    Math.max(...seconds).toFixed(1),
  ];
}

function printTable(rows: readonly Row[]): void {
  const head = ["fault", "rounds", "jobs", "terminal", "succeeded", "lost", "twice", "other", "median s", "max s"];
  const lines = rows.map(describe);
  const width = (column: number) =>
    Math.max(...[head, ...lines.filter((line) => line.length > 2)].map((line) => line[column]?.length ?? 0));
  for (const line of [head, ...lines]) {
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(width(0)) : cell.padStart(width(column))));
    process.stdout.write(`${cells.join("  ")}\n`);
  }
}

/** Whether every job ended, none was lost or published twice, and nothing was left behind. */
function isClean({ results, broken }: Row): boolean {
  const verdicts = results.flatMap((result) => result.verdicts);
  if (broken.length > 0 || results.some(({ problems }) => problems.length > 0)) return false;
  return verdicts.every(({ isTerminal, isLost, isTwice }) => isTerminal && !isLost && !isTwice);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if ("exitCode" in options) {
    process.stdout.write(options.text);
    return options.exitCode;
  }
  const rows = options.faults.map((fault): Row => ({ fault, results: [], broken: [], skipped: null }));
  const queue = Array.from({ length: options.rounds }, () => rows).flat();
  const wanted = queue.length;
  // What has begun is finished, so that its stack, its processes and its small disk go.
  void untilSignal().received.then(() => queue.splice(0));
  await Promise.all(Array.from({ length: options.lanes }, () => runLane(queue, options)));
  printTable(rows.filter(({ results, broken, skipped }) => skipped !== null || results.length + broken.length > 0));
  const done = rows.reduce((sum, { results, broken }) => sum + results.length + broken.length, 0);
  const skipped = rows.filter((row) => row.skipped !== null).length * options.rounds;
  if (done + skipped < wanted) {
    process.stdout.write(`STOPPED after ${done} of ${wanted} rounds\n`);
    return 130;
  }
  for (const row of rows) if (row.skipped) process.stdout.write(`NOT DONE: ${row.fault.name}: ${row.skipped}\n`);
  return rows.every(isClean) ? 0 : 1;
}

process.exit(await main());
