/** One animation from its inputs to its files, request by request: what was read and decided stays here in between. */
import type { AnimateParams } from "#contract/job-types/animate.ts";
import { MAX_FRAMES } from "#contract/limits.ts";
import { JobFailure } from "../../process/job-failure.ts";
import type { AnimationRequest, ReadRequest, ReadResult, SettleResult } from "./animation-request.ts";
import { OutputWork, type OutputWorkOptions } from "./encode/output-work.ts";
import type { MaskSet } from "./mask/mask-set.ts";
import { MaskWork } from "./mask/mask-work.ts";
import { meanFps, neededSources, type PlannedFrame, type PlanWishes, planFrames, totalUs } from "./plan/frame-plan.ts";
import type { Rectangle } from "./plan/geometry.ts";
import { readSource } from "./read/read-source.ts";
import type { Source } from "./read/source.ts";
import { Toolbox } from "./tools/toolbox.ts";
import { readVersions } from "./tools/versions.ts";

/** Told while requests are served. */
export type AnimationListener = Pick<OutputWorkOptions, "onProgress" | "onPart">;

const US_PER_S = 1_000_000;
/** Screens show 60 frames a second; browsers slow down animations whose frames are much shorter. */
const MAX_FPS = 60;
/** A frame may be this much longer than another before their rate counts as variable. */
const SAME_DURATION = 1.1;

interface Read {
  readonly tools: Toolbox;
  readonly params: AnimateParams;
  readonly source: Source;
  readonly plan: readonly PlannedFrame[];
  readonly masks: MaskWork;
}

export class Animation {
  readonly #listener: AnimationListener;
  #read: Read | undefined;
  #output: OutputWork | undefined;

  constructor(listener: AnimationListener) {
    this.#listener = listener;
  }

  /** Serves one request; what it resolves with is the kind's result. Rejects with JobFailures and the errors of programs. */
  async serve(request: AnimationRequest): Promise<object> {
    const { onProgress } = this.#listener;
    switch (request.kind) {
      case "read":
        return await this.#readInputs(request);
      case "mask-frames": {
        const { masks } = this.#known();
        const count = await masks.writeFrames(request.chunk, request.framesPath, onProgress);
        return { width: masks.view.width, height: masks.view.height, count };
      }
      case "keep-masks":
        return { kept: await this.#known().masks.keep(request.chunk, request.rawPath, request.path) };
      case "settle":
        return await this.#settle();
      case "still":
        await this.#outputs().still(request.posterPath, request.previewPath);
        return {};
      case "fit":
        return await this.#outputs().fit(request.output, request.maxBytes, request.correction);
      case "parts":
        return await this.#outputs().parts(request.output);
      case "encode":
        await this.#outputs().encode(request.outputs);
        return {};
      case "join":
        return { bytes: await this.#outputs().join(request.output, request.path) };
      case "check":
        return await this.#outputs().check(request.output, request.path);
    }
  }

  async #readInputs({ files, params, workDir, tag }: ReadRequest): Promise<ReadResult> {
    checkTimes(params);
    const tools = new Toolbox(workDir, tag);
    const versions = await readVersions(tools);
    const wishes = planWishes(params);
    const source = await readSource(files, wishes, tools, this.#listener.onProgress);
    const { plan, warnings } = plan60(source, source.codec === "pictures" ? { ...wishes, fps: undefined } : wishes);
    const side = params.crop === "none" ? params.maxSidePx : Number.POSITIVE_INFINITY;
    const masks = new MaskWork(source, neededSources(plan), params.model, side);
    this.#read = { tools, params, source, plan, masks };
    const { width, height } = source.shape;
    const durations = source.frames.map(({ durationUs }) => durationUs).slice(0, -1);
    return {
      source: {
        type: source.type,
        codec: source.codec,
        width,
        height,
        frames: source.whole.frames,
        durationS: source.whole.durationUs / US_PER_S,
        variableFrameRate: spread(durations) > SAME_DURATION,
      },
      frames: plan.length,
      durationS: totalUs(plan) / US_PER_S,
      warnings: [...source.warnings, ...warnings],
      masks: {
        width: masks.view.width,
        height: masks.view.height,
        counts: masks.chunks.map(({ from, to }) => to - from),
      },
      versions,
    };
  }

  async #settle(): Promise<SettleResult> {
    const { tools, params, source, plan, masks } = this.#known();
    await masks.close();
    const set = params.removeBackground ? masks.finish(params.smoothing / 100) : null;
    const { subject, warnings } = await findSubject(set, params);
    this.#output = new OutputWork({ tools, source, plan, params, masks: set, subject, ...this.#listener });
    const { width, height } = this.#output.view(1);
    return { width, height, warnings };
  }

  #known(): Read {
    if (!this.#read) throw new Error("nothing was read yet");
    return this.#read;
  }

  #outputs(): OutputWork {
    if (!this.#output) throw new Error("nothing was settled yet");
    return this.#output;
  }
}

function planWishes({ startS, endS, speed, fps, direction }: AnimateParams): PlanWishes {
  return { startS, endS, speed, fps, direction };
}

function checkTimes({ startS, endS }: AnimateParams): void {
  if (endS === undefined || endS > startS) return;
  throw new JobFailure("input_invalid", `The end (${endS} s) must lie after the start (${startS} s).`);
}

/** The plan, with fewer frames where nobody could see more. */
function plan60(source: Source, wishes: PlanWishes): { plan: PlannedFrame[]; warnings: string[] } {
  let plan = planFrames(source.frames, wishes);
  const warnings: string[] = [];
  if (wishes.fps === undefined && plan.length > 1 && meanFps(plan) > MAX_FPS + 0.5) {
    warnings.push(`${Math.round(meanFps(plan))} frames a second are more than screens show: ${MAX_FPS} were kept.`);
    plan = planFrames(source.frames, { ...wishes, fps: MAX_FPS });
  }
  if (plan.length === 0) {
    throw new JobFailure(
      "input_invalid",
      "There is nothing between start and end. Choose an earlier start or a later end.",
    );
  }
  if (plan.length > MAX_FRAMES) {
    throw new JobFailure(
      "input_too_large",
      `That would be ${plan.length} frames; up to ${MAX_FRAMES} are taken. Set fewer frames per second, or a start and an end.`,
    );
  }
  return { plan, warnings };
}

async function findSubject(
  masks: MaskSet | null,
  params: AnimateParams,
): Promise<{ subject: Rectangle | undefined; warnings: string[] }> {
  if (!masks) {
    const warnings = params.crop === "subject" ? ["To crop to the subject, remove the background as well."] : [];
    return { subject: undefined, warnings };
  }
  const box = await masks.subjectBox();
  if (!box) return { subject: undefined, warnings: ["No subject was found in any frame: all of it is transparent."] };
  return { subject: params.crop === "subject" ? box : undefined, warnings: [] };
}

/** Longest ÷ shortest. */
function spread(durations: readonly number[]): number {
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  for (const duration of durations) {
    shortest = Math.min(shortest, duration);
    longest = Math.max(longest, duration);
  }
  return durations.length > 0 ? longest / shortest : 1;
}
