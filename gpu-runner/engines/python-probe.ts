/** Whether a Python environment of an engine is there, without starting it. */
import { access, constants } from "node:fs/promises";
import type { Probe } from "./engine.ts";

/** `python` is the environment's interpreter; `version` and `holds` say what is in it, e.g. `rembg`. */
export async function probePython(python: string, version: string, holds: string): Promise<Probe> {
  try {
    await access(python, constants.X_OK);
    return { ok: true, version };
  } catch {
    return { ok: false, missing: `the Python environment with ${holds}`, fix: "npm run setup" };
  }
}
