/**
 * `npm run corpus -- --set simple-icons|logos --count 200 --seed 1`: real logos through the real recipe, each result
 * measured. Prints failures with their reasons, the worst silhouettes and the median time. Exit code 0 when no more than
 * the allowed share fails.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { engineSettings, loadLocalConfig } from "../../gpu-runner/config.ts";
import { closeEngines, makeEngines } from "../../gpu-runner/engines/engines.ts";
import { median } from "../median.ts";
import { checkLogo, type LogoOutcome } from "./check-logo.ts";
import { LOGO_SETS, type LogoSet, loadLogos, sample } from "./logo-sets.ts";

/** Share of logos that must pass. */
const MIN_PASS: Readonly<Record<LogoSet, number>> = { "simple-icons": 199 / 200, logos: 190 / 200 };

interface Options {
  readonly set: LogoSet;
  readonly count: number;
  readonly seed: number;
  readonly only: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      set: { type: "string", default: "simple-icons" },
      count: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
    },
  });
  const set = LOGO_SETS.find((name) => name === values.set);
  const [count, seed] = [Number(values.count), Number(values.seed)];
  if (!set || !(count > 0) || !Number.isInteger(seed))
    throw new Error(`usage: npm run corpus -- --set ${LOGO_SETS.join("|")} [--count 200] [--seed 1] [--only NAME]`);
  return { set, count, seed, only: values.only };
}

async function main(): Promise<number> {
  const { set, count, seed, only } = readOptions();
  const all = await loadLogos(set);
  const logos = only === undefined ? sample(all, count, seed) : all.filter((logo) => logo.name === only);
  const config = loadLocalConfig();
  const engines = makeEngines(engineSettings(config, 1, (message) => console.error(message)));
  for (const engine of [engines.solid, engines.blender, engines.preview]) engine.warm();
  const folder = await mkdtemp(join(tmpdir(), "kiln-corpus-"));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const outcomes: LogoOutcome[] = [];
  try {
    await Promise.all([engines.solid.ready(), engines.blender.ready(), engines.preview.ready()]);
    for (const logo of logos) {
      const observer = { onProgress: () => {}, onLog: () => {} };
      const outcome = await checkLogo(logo, folder, {
        engines,
        workRoot: config.workRoot,
        signal: stop.signal,
        observer,
      });
      if (stop.signal.aborted) break;
      outcomes.push(outcome);
      if (outcome.failures.length > 0) console.log(`FAIL ${logo.name}: ${outcome.failures.join("; ")}`);
      else if (outcomes.length % 20 === 0)
        console.log(
          `${outcomes.length} of ${logos.length}, median ${median(outcomes.map((o) => o.seconds)).toFixed(2)} s`,
        );
    }
  } finally {
    await closeEngines(engines);
  }
  const failed = outcomes.filter((outcome) => outcome.failures.length > 0);
  printSummary(set, seed, outcomes, failed);
  if (failed.length === 0) await rm(folder, { recursive: true });
  else console.log(`Files of the failed ones: ${folder}`);
  return outcomes.length === logos.length && outcomes.length - failed.length >= MIN_PASS[set] * outcomes.length ? 0 : 1;
}

function printSummary(
  set: LogoSet,
  seed: number,
  outcomes: readonly LogoOutcome[],
  failed: readonly LogoOutcome[],
): void {
  const worst = [...outcomes].filter((o) => o.iou !== null).sort((a, b) => (a.iou ?? 0) - (b.iou ?? 0));
  const seconds = outcomes.map((outcome) => outcome.seconds);
  console.log(`\n${set}, seed ${seed}: ${outcomes.length - failed.length} of ${outcomes.length} pass`);
  console.log(`checked: 0 glTF-Validator errors, STL watertight, width within 0.1 %, silhouette IoU at least 0.98`);
  console.log(`seconds per logo: median ${median(seconds).toFixed(2)}, slowest ${Math.max(...seconds).toFixed(2)}`);
  console.log(
    `silhouette IoU: median ${median(worst.map((o) => o.iou ?? 0)).toFixed(4)}, worst ${worst
      .slice(0, 3)
      .map((o) => `${o.name} ${o.iou?.toFixed(4)}`)
      .join(", ")}`,
  );
  const warned = new Map<string, number>();
  for (const warning of outcomes.flatMap((outcome) => outcome.warnings))
    warned.set(warning, (warned.get(warning) ?? 0) + 1);
  for (const [warning, times] of warned) console.log(`warned ${times}×: ${warning}`);
}

process.exitCode = await main();
