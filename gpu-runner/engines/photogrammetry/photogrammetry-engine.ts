/**
 * Photos to a textured model, in Python children with COLMAP, Open3D and our own depth maps and textures. Every step is a
 * request that can have a child of its own: COLMAP ends the whole process when it fails badly.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { PooledEngine } from "../pooled-engine.ts";
import { probePython } from "../python-probe.ts";
import type { PhotogrammetryKind, PhotogrammetryRequest, PhotogrammetryResults } from "./photogrammetry-request.ts";

export interface PhotogrammetryOptions {
  /** Interpreter of the environment that holds COLMAP, Open3D and the rest. */
  readonly python: string;
  /** Whether that environment's COLMAP can use a GPU. */
  readonly cuda: boolean;
}

/** One child kept for several requests, one after the other. Close it when they are done. */
export interface PhotogrammetrySession {
  /** Rejects with a JobFailure; the session can be used on unless the child has ended. */
  request<K extends PhotogrammetryKind>(
    request: PhotogrammetryRequest<K>,
    call?: { onProgress?(fraction: number | null): void },
  ): Promise<PhotogrammetryResults[K]>;
  close(): Promise<void>;
}

/** Version of COLMAP in requirements-photogrammetry.txt. */
const COLMAP_VERSION = "4.2.1";
/** Address space on a CPU; CUDA maps far more than it uses. */
const MEMORY_LIMIT_BYTES = 64 * 2 ** 30;
const SCRIPT = fileURLToPath(new URL("../../python/photogrammetry_worker.py", import.meta.url));

export class PhotogrammetryEngine extends PooledEngine {
  readonly #options: PhotogrammetryOptions;
  readonly #processors: number;

  constructor(pool: PoolSettings, options: PhotogrammetryOptions) {
    const processors = Math.max(1, Math.floor(availableParallelism() / Math.max(pool.size, 1)));
    const threads = String(processors);
    super({
      ...pool,
      name: "Photogrammetry",
      argv: [options.python, "-B", SCRIPT],
      env: { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, NUMBA_NUM_THREADS: threads },
      ...(options.cuda ? {} : { memoryLimitBytes: MEMORY_LIMIT_BYTES }),
    });
    this.#options = options;
    this.#processors = processors;
  }

  /** Children of one thread each that a job may have at once. */
  get processors(): number {
    return this.#processors;
  }

  /** Whether depth maps are made on a GPU. */
  get cuda(): boolean {
    return this.#options.cuda;
  }

  /** A job takes a child for each of its steps: the next one starts while the step before is at work, for one job alone too. */
  override warm(): void {
    this.pool.start();
  }

  override probe(): Promise<Probe> {
    return probePython(this.#options.python, COLMAP_VERSION, "COLMAP and Open3D");
  }

  /** Does one step in a child of its own. Rejects with a JobFailure: the step's own, or engine_failed. */
  async once<K extends PhotogrammetryKind>(
    request: PhotogrammetryRequest<K>,
    run: EngineRun,
  ): Promise<PhotogrammetryResults[K]> {
    return (await this.pool.run(request, run)) as unknown as PhotogrammetryResults[K];
  }

  /** Takes a child for several requests of one attempt; the run's signal and time-out end it too. */
  async open(run: EngineRun): Promise<PhotogrammetrySession> {
    return (await this.pool.open(run)) as unknown as PhotogrammetrySession;
  }
}
