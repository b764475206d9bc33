/**
 * OpenMVS makes a surface from undistorted photos. Programs of their own under AGPL-3.0: never linked, never shipped, and off
 * unless whoever runs this runner has installed them and set KILN_OPENMVS to their folder.
 *
 * Options: those of OpenMVS 2, https://github.com/cdcseacave/openMVS/wiki/Usage.
 */
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "../process/run-process.ts";
import type { Engine, EngineRun, Probe } from "./engine.ts";

export interface OpenMvsRequest {
  /** Undistorted photos and their COLMAP model: `images/`, `sparse/`. */
  readonly undistortedDir: string;
  /** An existing folder for what the programs write. */
  readonly scratchDir: string;
  /** How often photos are halved before their depth is measured. */
  readonly resolutionLevel: number;
  readonly threads: number;
}

/** In the order they are run. */
const PROGRAMS = ["InterfaceCOLMAP", "DensifyPointCloud", "ReconstructMesh"] as const;
/** Share of the time when each has ended. */
const DONE_AT = [0.02, 0.8, 1];

export class OpenMvsEngine implements Engine {
  readonly #folder: string | undefined;

  /** `folder` holds the programs; undefined when the runner has none. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async probe(): Promise<Probe> {
    const folder = this.#folder;
    const fix = "install OpenMVS (AGPL-3.0) and set KILN_OPENMVS to the folder of its programs";
    if (folder === undefined) return { ok: false, missing: "OpenMVS", fix };
    for (const program of PROGRAMS) {
      try {
        await access(join(folder, program), constants.X_OK);
      } catch {
        return { ok: false, missing: `OpenMVS's program ${program}`, fix };
      }
    }
    return { ok: true, version: "installed" };
  }

  warm(): void {}

  async ready(): Promise<void> {}

  async close(): Promise<void> {}

  /** Returns the path of a PLY with the surface, in the units of the cameras. Rejects with `ProcessError` when a program fails. */
  async reconstruct(request: OpenMvsRequest, run: EngineRun): Promise<string> {
    const { undistortedDir, scratchDir, resolutionLevel, threads } = request;
    const file = (name: string) => join(scratchDir, name);
    const common = ["--working-folder", scratchDir, "--max-threads", String(threads)];
    const steps: Record<(typeof PROGRAMS)[number], string[]> = {
      InterfaceCOLMAP: ["--input-file", undistortedDir, "--output-file", file("scene.mvs")],
      DensifyPointCloud: [
        ...["--input-file", file("scene.mvs"), "--output-file", file("dense.mvs")],
        ...["--resolution-level", String(resolutionLevel)],
      ],
      ReconstructMesh: [
        "--input-file",
        file("dense.mvs"),
        "--output-file",
        file("surface.ply"),
        "--export-type",
        "ply",
      ],
    };
    for (const [index, program] of PROGRAMS.entries()) {
      const argv = [join(this.#folder ?? "", program), ...steps[program], ...common];
      await runProcess({
        argv,
        ...run,
        workDir: scratchDir,
        onStdoutLine: run.onLog,
        onStderrLine: run.onLog,
      });
      run.onProgress?.(DONE_AT[index] ?? 1);
    }
    return file("surface.ply");
  }
}
