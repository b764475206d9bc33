/**
 * Runs Blender: mesh file in, model files out. Blender is a Python module in an environment of its own, or an installed
 * program; the same script serves both. A process has imported it before its one job comes.
 */
import { access, constants } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { SolidFormat } from "#contract/job-types/solid.ts";
import type { EngineRun, PoolSettings, Probe } from "./engine.ts";
import { PooledEngine } from "./pooled-engine.ts";
import { probePython } from "./python-probe.ts";

export interface BlenderOptions {
  /** Interpreter of the environment that holds `bpy`. */
  readonly python: string;
  /** An installed Blender to use instead, absolute path. */
  readonly blender?: string | undefined;
}

/** Paths are absolute. */
export interface ExportRequest {
  readonly meshPath: string;
  readonly material: "matte" | "metal" | "plastic";
  /** Where to write which format. An OBJ's MTL goes beside it. */
  readonly files: Readonly<Partial<Record<SolidFormat, string>>>;
}

/** Version of `bpy` in requirements-blender.txt. */
const BPY_VERSION = "4.5.15";
const MEMORY_LIMIT_BYTES = 16 * 2 ** 30;
const SCRIPT = fileURLToPath(new URL("../python/blender_solid.py", import.meta.url));
/** Ends Blender with an error code when the script can't even start; its own code for that is 0. */
const BLENDER_FLAGS = ["-b", "--factory-startup", "--disable-autoexec", "--python-exit-code", "3", "-P", SCRIPT];

export class BlenderEngine extends PooledEngine {
  readonly #options: BlenderOptions;

  constructor(pool: PoolSettings, options: BlenderOptions) {
    const argv = options.blender ? [options.blender, ...BLENDER_FLAGS] : [options.python, "-B", SCRIPT];
    super({ ...pool, name: "Blender", argv, memoryLimitBytes: MEMORY_LIMIT_BYTES });
    this.#options = options;
  }

  override async probe(): Promise<Probe> {
    const { blender, python } = this.#options;
    if (!blender) return probePython(python, BPY_VERSION, "Blender and f3d");
    try {
      await access(blender, constants.X_OK);
      return { ok: true, version: "installed" };
    } catch {
      return {
        ok: false,
        missing: `Blender at ${blender}`,
        fix: "set KILN_BLENDER to an installed Blender 4.5, or unset it",
      };
    }
  }

  /** Writes the files; `onWritten` hears of each as soon as it is complete, the GLB first. Returns Blender's version. */
  async export(request: ExportRequest, run: EngineRun & { onWritten?(format: SolidFormat): void }): Promise<string> {
    const result = await this.pool.run(request, {
      ...run,
      onEvent: (event) => {
        if (event.name === "written") run.onWritten?.(event.format as SolidFormat);
      },
    });
    return String(result.version);
  }
}
