/**
 * Sets up what a command needs, on a machine with nothing but Node 18 and Python 3.11. Idempotent and resumable;
 * silent and fast when there is nothing to do.
 *
 *   node scripts/setup.mjs [node | demo | all | fuzz | test]
 *
 *   node   the npm packages                          (the `kiln` command against a server)
 *   demo   node + Blender's Python environment       (demo, corpus)
 *   all    demo + rembg, COLMAP, ffmpeg, potrace …   (start, dev, bench, `kiln local`)
 *   fuzz   node + schemathesis                       (api-fuzz)
 *   test   all + a browser, sample clips and schemathesis (test, check)
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setUpAptPackages } from "./setup/apt-packages.mjs";
import { setUpCutoutModel } from "./setup/cutout-model.mjs";
import { setUpNodePackages } from "./setup/node-packages.mjs";
import { setUpPythonEnvironment } from "./setup/python-environment.mjs";
import { SetupError } from "./setup/step.mjs";
import { wantedEnvironment } from "./setup/wanted-device.mjs";
import { warmUpBlender, warmUpPhotogrammetry, warmUpRembg } from "./setup/warm-up.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

async function setUpBlender() {
  await warmUpBlender(await setUpPythonEnvironment("blender", "Blender 4.5 and f3d, 1.3 GB"));
}

async function setUpRembg() {
  const name = wantedEnvironment("rembg", process.env);
  const size = name === "rembg" ? "rembg, 0.6 GB" : "rembg with CUDA, 4 GB";
  const environment = await setUpPythonEnvironment(name, size);
  await setUpCutoutModel(environment);
  await warmUpRembg(environment);
}

async function setUpPhotogrammetry() {
  if (process.arch !== "x64") {
    console.error("set-up: photogrammetry is left out: COLMAP and Open3D have no wheels for this processor.");
    return;
  }
  const name = wantedEnvironment("photogrammetry", process.env);
  const environment = await setUpPythonEnvironment(name, "COLMAP, Open3D, USD …, 1.3 GB");
  await warmUpPhotogrammetry(environment);
}

async function setUpSamples() {
  await setUpPythonEnvironment("samples", "sample clips for the tests, 20 MB");
}

async function setUpApiFuzz() {
  await setUpPythonEnvironment("api-fuzz", "schemathesis for the tests of the API, 60 MB");
}

const ALL_APT = ["blender", "preview", "video", "vector"];
const NEEDS = {
  node: { apt: [], environments: [] },
  demo: { apt: ["blender", "preview"], environments: [setUpBlender] },
  all: { apt: ALL_APT, environments: [setUpBlender, setUpRembg, setUpPhotogrammetry] },
  fuzz: { apt: [], environments: [setUpApiFuzz] },
  test: {
    apt: [...ALL_APT, "browser"],
    environments: [setUpBlender, setUpRembg, setUpPhotogrammetry, setUpSamples, setUpApiFuzz],
  },
};

async function main(what) {
  const needs = NEEDS[what];
  if (!needs) throw new SetupError(`Unknown set-up "${what}". Choose one of: ${Object.keys(NEEDS).join(", ")}.`);
  await setUpNodePackages(ROOT);
  if (needs.apt.length > 0) await setUpAptPackages(ROOT, needs.apt);
  // Side by side; each is let come to its end, so that a failure of one does not throw away the work of another.
  const results = await Promise.allSettled(needs.environments.map((setUp) => setUp()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

try {
  await main(process.argv[2] ?? "all");
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nset-up: ${error.message}\n`);
  process.exitCode = 1;
}
