/** Step `check`: a verdict on every photo, before anything that takes long. The verdicts are a result of their own. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { type JobContext, JobFailure, type Step } from "../job.ts";
import { ask, paramsOf, publish, type SceneState, sceneDir, usedPhotos } from "./scene-state.ts";
import { makeKey } from "./stage-checkpoint.ts";

export const checkStep: Step<SceneState> = {
  stage: "check",
  async run(context, state) {
    const { keep, drop, strict, until } = paramsOf(context);
    try {
      const { used, dropped, warnings, overlap } = await ask(context, "check-photos", { keep, drop, strict });
      warnings.forEach(context.warn);
      // An estimate: where cameras are placed, they say what it is worth.
      if (overlap !== null) (until === "check" ? context.warn : context.log)(overlap);
      state.dropped.push(...dropped);
      context.log(`${used} photos are used`);
    } catch (error) {
      // Somebody who only wants to know is told all the verdicts, and that they don't suffice.
      const isVerdict = error instanceof JobFailure && error.code === "photos_unusable";
      if (!(isVerdict && until === "check" && (await hasVerdicts(context)))) throw error;
      context.warn(error.message);
    }
    await Promise.all(["photos.json", "photos.webp"].map((name) => publish(context, name)));
    const photos = await usedPhotos(context);
    // A frame of a video is kept at the quality's size: what it shows is known by its time.
    state.key = makeKey(photos.map(({ id, sha256, video }) => [id, video ? [video.file, video.timeS] : sha256]));
    context.report({ used: photos.length, dropped: state.dropped });
  },
};

async function hasVerdicts(context: JobContext): Promise<boolean> {
  try {
    await access(join(sceneDir(context), "photos.webp"));
    return true;
  } catch {
    return false;
  }
}
