/**
 * A child of the picture engine for many pictures, of which one may crash it: then a new one takes its place, and what was
 * asked is asked once more, because the crash may have been another picture's.
 */
import type { PictureEngine, PictureSession } from "../../engines/picture/picture-engine.ts";
import type { PictureRequest, PictureResults } from "../../engines/picture/picture-request.ts";
import { ProcessError } from "../../process/process-error.ts";
import { type JobContext, JobFailure } from "../job.ts";

export class SturdySession {
  readonly #engine: PictureEngine;
  readonly #context: JobContext;
  #session: Promise<PictureSession> | undefined;

  constructor(context: JobContext) {
    this.#engine = context.engines.picture;
    this.#context = context;
  }

  /** As `PictureSession.request`. `filename` names the picture that is blamed, as input_invalid, for a second crash. */
  async request<K extends PictureRequest["kind"]>(
    request: Extract<PictureRequest, { kind: K }>,
    filename: string,
  ): Promise<PictureResults[K]> {
    const first = await this.#try(request);
    if (!first.crash) return first.result;
    this.#context.log(`Reading ${filename} ended its program, which is started again: ${first.crash.message}`);
    const second = await this.#try(request);
    if (!second.crash) return second.result;
    throw new JobFailure("input_invalid", `${filename} can't be read: a program ends over it. Save it again as PNG.`, {
      cause: second.crash,
    });
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.close();
  }

  async #try<K extends PictureRequest["kind"]>(
    request: Extract<PictureRequest, { kind: K }>,
  ): Promise<{ result: PictureResults[K]; crash: null } | { crash: ProcessError }> {
    this.#session ??= this.#engine.open(this.#context.run);
    const opened = this.#session;
    // A child that can't even start is no picture's fault.
    const session = await opened;
    try {
      return { result: await session.request<K>(request, {}), crash: null };
    } catch (error) {
      const isCrash = error instanceof ProcessError && (error.reason === "exit" || error.reason === "signal");
      if (!isCrash) throw error;
      if (this.#session === opened) this.#session = undefined;
      return { crash: error };
    }
  }
}
