/**
 * Sets up what a command needs, on a machine with nothing but Node 18 and Python 3.11. Idempotent and resumable;
 * silent and fast when there is nothing to do.
 *
 *   node scripts/setup.mjs [node | demo | test]
 *
 *   node   the npm packages                          (the `kiln` command against a server)
 *   demo   node + Blender's Python environment       (demo, start, dev, `kiln local`)
 *   test   demo + a browser                          (test, check)
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setUpAptPackages } from "./setup/apt-packages.mjs";
import { setUpNodePackages } from "./setup/node-packages.mjs";
import { setUpPythonEnvironment } from "./setup/python-environment.mjs";
import { SetupError } from "./setup/step.mjs";
import { warmUpBlender } from "./setup/warm-up.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NEEDS = {
  node: { apt: [], blender: false },
  demo: { apt: ["blender", "preview"], blender: true },
  test: { apt: ["blender", "preview", "browser"], blender: true },
};

async function main(what) {
  const needs = NEEDS[what];
  if (!needs) throw new SetupError(`Unknown set-up "${what}". Choose one of: ${Object.keys(NEEDS).join(", ")}.`);
  await setUpNodePackages(ROOT);
  if (needs.apt.length > 0) await setUpAptPackages(ROOT, needs.apt);
  if (needs.blender) await warmUpBlender(await setUpPythonEnvironment("blender", "Blender 4.5 and f3d, 1.3 GB"));
}

try {
  await main(process.argv[2] ?? "demo");
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nset-up: ${error.message}\n`);
  process.exitCode = 1;
}
