/**
 * `npm run bench -- rembg [--rounds 10] [--pictures 500]`: a job on the running stack, from submit until its cut-out can be
 * downloaded, against one cold process of rembg that cuts the same picture out with the same model and options, in turns;
 * then the memory of the worker over many pictures.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Kiln } from "#client/kiln.ts";
import { loadLocalConfig } from "../../gpu-runner/config.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { samplePicture } from "../../tests/helpers/samples.ts";
import { median } from "../median.ts";
import { runColdRembg } from "./cold-rembg.ts";
import { measureMemory } from "./memory.ts";

/** The figure: warm job / cold process. */
const MAX_RATIO = 0.35;
const PICTURES = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"] as const;

/** Runs the benchmark; 0 when both demands are met. */
export async function benchRembg(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "10" }, pictures: { type: "string", default: "500" } },
  });
  const folder = await mkdtemp(join(tmpdir(), "kiln-bench-"));
  try {
    const [rounds, pictures] = [Number(values.rounds), Number(values.pictures)];
    const isFast = rounds === 0 || (await compareTimes(rounds, folder));
    const isFlat = pictures === 0 || (await measureMemory(pictures, folder));
    return isFast && isFlat ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareTimes(rounds: number, folder: string): Promise<boolean> {
  const { rembg } = loadLocalConfig();
  console.log(
    "First cold run of rembg, not counted: numba compiles what Kiln's worker does not need (a minute, once).",
  );
  await runColdRembg(rembg, samplePicture("coffee.png"), join(folder, "cold.png"));
  const stack = await startStack({ port: 0, stateDir: join(folder, "state"), runners: 1, site: false });
  const times: { jobS: number; coldS: number }[] = [];
  try {
    const kiln = new Kiln({ api: stack.url });
    for (let round = 0; round <= rounds; round++) {
      const picture = samplePicture(PICTURES[round % PICTURES.length] as (typeof PICTURES)[number]);
      const coldS = await runColdRembg(rembg, picture, join(folder, "cold.png"));
      const jobS = await runJob(kiln, picture);
      // The first one loads the model, and fills caches of the file system for both.
      if (round === 0) continue;
      times.push({ jobS, coldS });
      console.log(
        `${basename(picture).padEnd(16)} job ${jobS.toFixed(2)} s   cold ${coldS.toFixed(2)} s   ratio ${(jobS / coldS).toFixed(2)}`,
      );
    }
  } finally {
    await stack.stop();
  }
  const ratio = median(times.map(({ jobS, coldS }) => jobS / coldS));
  const [jobS, coldS] = [median(times.map((time) => time.jobS)), median(times.map((time) => time.coldS))];
  console.log(`\n${rounds} rounds: median job ${jobS.toFixed(2)} s, cold rembg ${coldS.toFixed(2)} s`);
  console.log(`median ratio ${ratio.toFixed(2)} (bound ${MAX_RATIO}: ${ratio <= MAX_RATIO ? "met" : "NOT met"})\n`);
  return ratio <= MAX_RATIO;
}

/** Seconds from submit until the manifest is there. The options are those of plain `rembg i`. */
async function runJob(kiln: Kiln, picture: string): Promise<number> {
  const { id: upload } = await kiln.upload(new Blob([await readFile(picture)]), { filename: basename(picture) });
  const startedAt = performance.now();
  const params = { edges: "as-is" };
  const { id } = await kiln.createJob({
    type: "remove-background",
    params,
    inputs: [{ upload }],
    policy: { cache: false },
  });
  for await (const _ of kiln.events(id));
  const { state, error } = await kiln.job(id);
  if (state !== "succeeded") throw new Error(`${basename(picture)}: ${state} ${error?.message ?? ""}`);
  return (performance.now() - startedAt) / 1000;
}
