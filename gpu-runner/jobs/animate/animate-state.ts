/** What the steps of `animate` hand to each other. */
import type { AnimateParams } from "#contract/job-types/animate.ts";
import type { AnimationSession } from "../../engines/animation/animation-engine.ts";
import type { OutputSettings, ReadResult } from "../../engines/animation/animation-request.ts";
import type { JobContext } from "../job.ts";

/** A finished file that is still to be checked. */
export interface MadeFile {
  readonly name: string;
  readonly path: string;
  readonly settings: OutputSettings;
  readonly bytes: number;
}

export interface AnimateState {
  session: AnimationSession | undefined;
  read: ReadResult | undefined;
  readonly files: MadeFile[];
  /** Frames whose masks, and whose encoded parts, an earlier attempt had left. */
  resumedMasks: number;
  resumedParts: number;
}

export function createAnimateState(): AnimateState {
  return { session: undefined, read: undefined, files: [], resumedMasks: 0, resumedParts: 0 };
}

export const paramsOf = (context: JobContext): AnimateParams => context.params as AnimateParams;

/** The open session and what was read; steps before `read` have none. */
export function known(state: AnimateState): { session: AnimationSession; read: ReadResult } {
  const { session, read } = state;
  if (!session || !read) throw new Error("the step `read` has not run");
  return { session, read };
}
