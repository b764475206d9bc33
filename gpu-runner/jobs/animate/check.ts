/** Step `check`: every file is decoded and compared with the plan; then the report is written. */
import type { Step } from "../job.ts";
import { type AnimateState, known, paramsOf } from "./animate-state.ts";

export const checkStep: Step<AnimateState> = {
  stage: "check",
  async run(context, state) {
    const { session, read } = known(state);
    const files: object[] = [];
    for (const [i, { name, path, settings, bytes }] of state.files.entries()) {
      const { frames, durationS, width, height, warnings } = await session.request(
        { kind: "check", output: settings, path },
        { onProgress: (fraction) => context.progress((i + (fraction ?? 0)) / state.files.length) },
      );
      warnings.forEach(context.warn);
      files.push({ name, frames, durationS, width, height, bytes, quality: settings.quality });
    }
    await session.close();
    const { frames, durationS } = read;
    context.report({
      frames,
      durationS,
      fps: Math.round((frames / durationS) * 1000) / 1000,
      source: read.source,
      files,
      resumedFrames: paramsOf(context).removeBackground
        ? Math.max(Math.min(state.resumedMasks, frames), state.resumedParts)
        : state.resumedParts,
    });
  },
};
