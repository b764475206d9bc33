/**
 * Photos to a textured model, in Python children with COLMAP, Open3D and our own depth maps and textures. COLMAP ends the whole
 * process when it fails badly: what a step has done is therefore in files, and never in a child's memory.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { JobFailure } from "../../process/job-failure.ts";
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
  /** Of each attempt, by its tag. */
  readonly #children = new Map<string, Promise<PhotogrammetrySession>>();

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

  override probe(): Promise<Probe> {
    return probePython(this.#options.python, COLMAP_VERSION, "COLMAP and Open3D");
  }

  /**
   * Does one step in the attempt's own child, which does its steps one after the other, loads each library once for all of them, and
   * ends with the run's signal. Rejects with a JobFailure, the step's own, and with a ProcessError when the child has died: the next
   * step gets another.
   */
  async request<K extends PhotogrammetryKind>(
    request: PhotogrammetryRequest<K>,
    run: EngineRun,
  ): Promise<PhotogrammetryResults[K]> {
    const child = await this.#childOf(run);
    try {
      return await child.request(request, run);
    } catch (error) {
      if (!(error instanceof JobFailure)) this.#children.delete(run.tag);
      throw error;
    }
  }

  /** Takes a further child for several requests of one attempt; the run's signal and time-out end it too. */
  async open(run: EngineRun): Promise<PhotogrammetrySession> {
    return (await this.pool.open(run)) as unknown as PhotogrammetrySession;
  }

  #childOf(run: EngineRun): Promise<PhotogrammetrySession> {
    const { signal, tag } = run;
    const known = this.#children.get(tag);
    if (known) return known;
    const child = this.open(run);
    const forget = () => this.#children.delete(tag);
    this.#children.set(tag, child);
    signal.addEventListener("abort", forget, { once: true });
    child.catch(forget);
    return child;
  }
}
