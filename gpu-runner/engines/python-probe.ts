/** Whether the Python environment of the Blender and preview engines is there, without starting it. */
import { access, constants } from "node:fs/promises";
import type { Probe } from "./engine.ts";

/** `python` is the environment's interpreter; `version` names what it holds. */
export async function probePython(python: string, version: string): Promise<Probe> {
  try {
    await access(python, constants.X_OK);
    return { ok: true, version };
  } catch {
    return { ok: false, missing: "the Python environment with Blender and f3d", fix: "npm run setup" };
  }
}
