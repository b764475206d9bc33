/**
 * The opponent: one cold process that imports rembg and cuts one picture out. It is `rembg i` without the command line's
 * own imports (click, fastapi, gradio), so it is the quicker of the two.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import type { RembgOptions } from "../../gpu-runner/engines/rembg/rembg-engine.ts";

const PROGRAM = join(import.meta.dirname, "cold_rembg.py");

/**
 * Cuts one picture out, cold.
 * @returns wall seconds from the start of the process until its exit
 * @throws when it fails
 */
export async function runColdRembg(options: RembgOptions, picture: string, toPath: string): Promise<number> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    U2NET_HOME: options.modelsDir,
    ORT_DISABLE_TELEMETRY: "1",
    // What numba compiled is kept for it as it is for Kiln's worker.
    NUMBA_CACHE_DIR: join(dirname(dirname(options.python)), "numba-cache"),
  };
  const startedAt = performance.now();
  const child = spawn(options.python, ["-B", PROGRAM, picture, toPath], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the cold process failed (${code})`);
  return (performance.now() - startedAt) / 1000;
}
