/**
 * The weights of the models: one file each in one folder that all runners of a machine may share. What is missing is
 * fetched by a child, which can write to its scratch folder only; the runner checks it once more and moves it in.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { JobFailure } from "../../process/job-failure.ts";

/** Fetches a model's weights into `path` and resolves with their checksum as rembg names it, `algorithm:hex`. */
export type DownloadModel = (path: string) => Promise<string>;

export class ModelsFolder {
  readonly #dir: string;
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Makes sure that the model's file is there, and calls `download` when it is not; of several callers only one fetches. A
   * caller whose turn comes after a failed fetch tries itself, because what failed may have been the other's job.
   * `workDir` is the caller's scratch folder. Rejects with what `download` rejects with, or with a JobFailure model_unavailable.
   */
  async ensure(model: string, workDir: string, signal: AbortSignal, download: DownloadModel): Promise<void> {
    while (!(await this.has(model))) {
      signal.throwIfAborted();
      const other = this.#fetching.get(model);
      if (other) {
        await Promise.race([other.catch(() => {}), aborted(signal)]);
        continue;
      }
      const own = this.#download(model, join(workDir, `${model}.onnx`), download);
      this.#fetching.set(model, own);
      try {
        await own;
      } finally {
        this.#fetching.delete(model);
      }
    }
  }

  /** Whether the model's file is there. A child checks it before it is used. */
  async has(model: string): Promise<boolean> {
    // Here, or where rembg itself would put it.
    const paths = [join(this.#dir, `${model}.onnx`), join(this.#dir, "models", model, `${model}.onnx`)];
    const found = await Promise.all(
      paths.map((path) =>
        access(path).then(
          () => true,
          () => false,
        ),
      ),
    );
    return found.includes(true);
  }

  async #download(model: string, path: string, download: DownloadModel): Promise<void> {
    const staged = join(this.#dir, `.tmp-${process.pid}-${model}.onnx`);
    try {
      const [algorithm = "", expected] = (await download(path)).split(":");
      await mkdir(this.#dir, { recursive: true });
      await copyFile(path, staged);
      const hash = createHash(algorithm);
      await pipeline(createReadStream(staged), hash);
      if (hash.digest("hex") !== expected) {
        throw new JobFailure("model_unavailable", `The model ${model} was changed on its way. Try again.`, {
          retryable: true,
        });
      }
      // Children may have another user.
      await chmod(staged, 0o644);
      await rename(staged, join(this.#dir, `${model}.onnx`));
    } finally {
      await Promise.all([rm(path, { force: true }), rm(staged, { force: true })]);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
