/** Runs the solid child: reads logos, sets text, builds solids. The work itself is in the files beside it, in another process. */
import { execPath, version } from "node:process";
import { fileURLToPath } from "node:url";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { PooledEngine } from "../pooled-engine.ts";
import type { CheckFacts, CheckRequest } from "./check/check-files.ts";
import type { DrawingSummary, SolidRequest, SolidSummary } from "./solid-request.ts";

/** A job takes a child to read, one to build and, later, one to check. */
const CHILDREN_PER_JOB = 2;
/** Address space, mostly reserved by WebAssembly and V8 and never used. */
const MEMORY_LIMIT_BYTES = 48 * 2 ** 30;
/** The heap a hostile drawing may fill before the child ends. */
const HEAP_MB = 1_024;

export class SolidEngine extends PooledEngine {
  constructor(pool: PoolSettings) {
    const script = fileURLToPath(new URL("./main.ts", import.meta.url));
    super({
      ...pool,
      size: pool.size * CHILDREN_PER_JOB,
      name: "Solid builder",
      argv: [execPath, "--disable-warning=ExperimentalWarning", `--max-old-space-size=${HEAP_MB}`, script],
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
    });
  }

  override async probe(): Promise<Probe> {
    return { ok: true, version };
  }

  /** Reads a logo into a drawing file. Rejects with a JobFailure that says what is wrong with it. */
  async read(
    kind: "read-svg" | "read-bitmap",
    inputPath: string,
    drawingPath: string,
    run: EngineRun,
  ): Promise<DrawingSummary> {
    return (await this.#run({ kind, inputPath, drawingPath }, run)) as unknown as DrawingSummary;
  }

  /** Sets a text into a drawing file. `fontPath` is an uploaded font, or null for the bundled one that `params` names. */
  async layoutText(
    params: object,
    fontPath: string | null,
    drawingPath: string,
    run: EngineRun,
  ): Promise<DrawingSummary & Record<string, unknown>> {
    return (await this.#run({ kind: "layout-text", params, fontPath, drawingPath }, run)) as unknown as DrawingSummary &
      Record<string, unknown>;
  }

  /** Builds the solids of a drawing file into a mesh file for Blender. */
  async build(request: Omit<Extract<SolidRequest, { kind: "build" }>, "kind">, run: EngineRun): Promise<SolidSummary> {
    return (await this.#run({ kind: "build", ...request }, run)) as unknown as SolidSummary;
  }

  /** Checks model files. Rejects with a JobFailure output_invalid. */
  async check(request: CheckRequest, run: EngineRun): Promise<CheckFacts> {
    return (await this.#run({ kind: "check", ...request }, run)) as unknown as CheckFacts;
  }

  #run(request: SolidRequest, run: EngineRun): Promise<Record<string, unknown>> {
    return this.pool.run(request, run);
  }
}
