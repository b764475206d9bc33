/**
 * Finds the subject of pictures with rembg. Its children are long-lived: importing rembg takes a second and loading a model
 * as much again, so a child keeps its model and serves job after job, until it has done many or has grown.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { findModel } from "#contract/job-types/cutout-models.ts";
import { JobFailure } from "../../process/job-failure.ts";
import { SharedWorkers } from "../../process/shared-workers.ts";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { ChildEngine } from "../pooled-engine.ts";
import { probePython } from "../python-probe.ts";
import { ModelsFolder } from "./models-folder.ts";
import type { CutOutRequest, CutOutResult, MaskFramesRequest, RembgFacts } from "./rembg-request.ts";

export interface RembgOptions {
  /** Interpreter of the environment that holds rembg. */
  readonly python: string;
  readonly modelsDir: string;
  /** `auto` takes a GPU when onnxruntime can use one. */
  readonly device: "auto" | "cpu" | "cuda";
  /** Base address of a server that has the models' files, or undefined for the ones rembg names. */
  readonly modelsUrl: string | undefined;
  readonly allowNoncommercial: boolean;
}

/** Version of rembg in requirements-rembg.txt. */
const REMBG_VERSION = "2.0.86";
/** A child is replaced after so many pictures or requests … */
const MAX_REQUESTS = 250;
/** … or when it holds this much: the largest model at work. */
const RECYCLE_ABOVE_BYTES = 4 * 2 ** 30;
/** Address space on a CPU; CUDA maps far more than it uses. */
const MEMORY_LIMIT_BYTES = 24 * 2 ** 30;
const SCRIPT = fileURLToPath(new URL("../../python/rembg_worker.py", import.meta.url));

export class RembgEngine extends ChildEngine<SharedWorkers> {
  readonly #options: RembgOptions;
  readonly #models: ModelsFolder;

  constructor(pool: PoolSettings, options: RembgOptions) {
    const threads = String(Math.max(1, Math.floor(availableParallelism() / Math.max(pool.size, 1))));
    const workers = new SharedWorkers({
      ...pool,
      name: "rembg",
      argv: [options.python, "-B", SCRIPT],
      env: {
        U2NET_HOME: options.modelsDir,
        KILN_DEVICE: options.device,
        KILN_MODELS_URL: options.modelsUrl ?? "",
        OMP_NUM_THREADS: threads,
        NUMBA_NUM_THREADS: threads,
      },
      ...(options.device === "cpu" ? { memoryLimitBytes: MEMORY_LIMIT_BYTES } : {}),
      maxRequests: MAX_REQUESTS,
      recycleAboveBytes: RECYCLE_ABOVE_BYTES,
    });
    super(workers);
    this.#options = options;
    this.#models = new ModelsFolder(options.modelsDir);
  }

  override probe(): Promise<Probe> {
    return probePython(this.#options.python, REMBG_VERSION, "rembg");
  }

  /** Whether this runner may use the model. Throws a JobFailure model_not_allowed or invalid_request. */
  checkModel(name: string): void {
    const model = findModel(name);
    if (!model) throw new JobFailure("invalid_request", `There is no model ${name}.`);
    if (model.commercial || this.#options.allowNoncommercial) return;
    throw new JobFailure(
      "model_not_allowed",
      `The licence of the model ${name} (${model.licence}) does not allow commercial use, and this runner does not allow such models. Choose another one, e.g. birefnet-general; whoever runs it can set KILN_ALLOW_NONCOMMERCIAL_MODELS=1.`,
    );
  }

  /**
   * Masks of raw frames: `framesPath` holds count × width × height × 3 bytes (RGB), `masksPath` will hold count × width ×
   * height bytes (0–255, subject = 255, what is sure made 0 or 255). Progress after every frame. Rejects with a
   * JobFailure: model_not_allowed, model_unavailable, engine_failed.
   */
  async maskFrames(request: MaskFramesRequest, run: EngineRun): Promise<RembgFacts> {
    return (await this.#ask("mask-frames", request, run)) as unknown as RembgFacts;
  }

  /** Mask of one raw picture, with the edges asked for, and the colours under its rim. Rejects as `maskFrames` does. */
  async cutOut(request: CutOutRequest, run: EngineRun): Promise<CutOutResult> {
    return (await this.#ask("cut-out", request, run)) as unknown as CutOutResult;
  }

  /**
   * Has a child give back the memory of the model, half a gigabyte and more: for an attempt whose later steps are long and
   * large. The next request for the model loads it again.
   */
  async rest(model: string, run: EngineRun): Promise<void> {
    await this.pool.run(model, { kind: "rest" }, run);
  }

  async #ask(kind: string, request: { readonly model: string }, run: EngineRun): Promise<Record<string, unknown>> {
    const { model } = request;
    this.checkModel(model);
    await this.#models.ensure(model, run.workDir, run.signal, async (path) => {
      run.onProgress?.(null);
      const fetched = await this.pool.run(model, { kind: "fetch-model", model, path }, run);
      return String(fetched.checksum);
    });
    return await this.pool.run(model, { kind, ...request }, run);
  }
}
