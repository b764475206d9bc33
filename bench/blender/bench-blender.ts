/**
 * `npm run bench -- blender [--rounds 12] [--seed 1]`: a job on the running stack, from submit until its artifacts can be
 * downloaded, against one cold process that does the same work. Each round times both on the same logo, in turns, so
 * that the machine's moods meet both alike.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kiln } from "#client/kiln.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { type Logo, loadLogos, sample } from "../corpus/logo-sets.ts";
import { median } from "../median.ts";
import { runCold } from "./cold-process.ts";

const TYPE = "logo-to-3d";
/** The figure: prewarmed / cold. */
const MAX_RATIO = 0.6;

interface Round {
  readonly logo: string;
  readonly jobS: number;
  readonly coldS: number;
}

/** Runs the benchmark; 0 when the ratio is met. */
export async function benchBlender(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "12" }, seed: { type: "string", default: "1" } },
  });
  const logos = sample(await loadLogos("simple-icons"), Number(values.rounds) + 1, Number(values.seed));
  const folder = await mkdtemp(join(tmpdir(), "kiln-bench-"));
  const stack = await startStack({ port: 0, stateDir: join(folder, "state"), runners: 1, site: false });
  try {
    const kiln = new Kiln({ api: stack.url });
    const rounds: Round[] = [];
    for (const [index, logo] of logos.entries()) {
      const round = await runRound(kiln, logo, folder);
      // The first one fills caches of the file system for both.
      if (index === 0) continue;
      rounds.push(round);
      console.log(
        `${round.logo.padEnd(24)} job ${round.jobS.toFixed(2)} s   cold ${round.coldS.toFixed(2)} s   ratio ${(round.jobS / round.coldS).toFixed(2)}`,
      );
    }
    return summarize(rounds);
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runRound(kiln: Kiln, logo: Logo, folder: string): Promise<Round> {
  const file = join(folder, "logo.svg");
  await writeFile(file, logo.svg);
  const coldS = await runCold(TYPE, file, join(folder, "cold"));
  const { id: upload } = await kiln.upload(new Blob([logo.svg]), { filename: `${logo.name}.svg` });
  const startedAt = performance.now();
  const { id } = await kiln.createJob({ type: TYPE, inputs: [{ upload }], policy: { cache: false } });
  for await (const _ of kiln.events(id));
  const { state, error } = await kiln.job(id);
  if (state !== "succeeded") throw new Error(`${logo.name}: ${state} ${error?.message ?? ""}`);
  return { logo: logo.name, jobS: (performance.now() - startedAt) / 1000, coldS };
}

function summarize(rounds: readonly Round[]): number {
  const ratio = median(rounds.map(({ jobS, coldS }) => jobS / coldS));
  const jobS = median(rounds.map((round) => round.jobS));
  const coldS = median(rounds.map((round) => round.coldS));
  const verdict = ratio <= MAX_RATIO ? "met" : "NOT met";
  console.log(`\n${rounds.length} rounds: median job ${jobS.toFixed(2)} s, cold process ${coldS.toFixed(2)} s`);
  console.log(`median ratio ${ratio.toFixed(2)} (bound ${MAX_RATIO}: ${verdict})`);
  return ratio <= MAX_RATIO ? 0 : 1;
}
