/**
 * `npm run bench -- queue [--jobs 10000] [--rounds 300] [--runners 64] [--only line|runners|fair]`: what a long line costs, what many
 * runners at once do to a pool, and how it shares itself among owners, against a real stack. Exit code 1 when a bound is missed.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureFairness } from "./fair-share.ts";
import { type Figure, printFigures } from "./figures.ts";
import { measureLines } from "./line-length.ts";
import { measureRunners } from "./many-runners.ts";
import { QueueClient } from "./queue-client.ts";

/** Each job is a SQLite file that is flushed at every change: in memory the disk, and who else writes to it, is left out. */
const MEMORY_DIR = "/dev/shm";
const RUNNERS_JOBS = 1_000;
const OWNERS = 10;
const PARTS = ["line", "runners", "fair"] as const;

/** Runs the benchmark; 0 when all bounds are met. */
export async function benchQueue(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const only = { type: "string", multiple: true } as const;
  const { values } = parseArgs({ args, options: { jobs: text, rounds: text, runners: text, only } });
  const parts = PARTS.filter((part) => (values.only ?? PARTS).includes(part));
  if (parts.length === 0) throw new Error(`--only ${values.only?.join(", ")}: there are ${PARTS.join(", ")}`);
  const [jobs, rounds, runners] = [
    positive("--jobs", values.jobs ?? "10000"),
    positive("--rounds", values.rounds ?? "300"),
    positive("--runners", values.runners ?? "64"),
  ];
  const folder = await mkdtemp(join(existsSync(MEMORY_DIR) ? MEMORY_DIR : tmpdir(), "kiln-bench-"));
  const stacks: QueueClient[] = [];
  const start = async (name: string) => {
    const client = await QueueClient.start(join(folder, name), OWNERS);
    stacks.push(client);
    return client;
  };
  try {
    console.log(`State in ${folder}`);
    const figures: Figure[] = [];
    const empty = await start("empty");
    if (parts.includes("line")) figures.push(...(await lineFigures(empty, await start("long"), rounds, jobs)));
    if (parts.includes("runners")) figures.push(...(await measureRunners(empty, runners, RUNNERS_JOBS)));
    if (parts.includes("fair")) figures.push(...(await measureFairness(empty)));
    console.log();
    return printFigures(figures);
  } finally {
    await Promise.all(stacks.map((client) => client.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function lineFigures(empty: QueueClient, long: QueueClient, rounds: number, jobs: number): Promise<Figure[]> {
  const startedAt = performance.now();
  await long.fill(jobs, (n) => n % OWNERS);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${jobs} jobs in line after ${seconds.toFixed(0)} s, ${(jobs / seconds).toFixed(0)} a second`);
  return measureLines(empty, long, rounds, jobs);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000)
    throw new Error(`${name} ${text} is not a number from 1`);
  return value;
}
