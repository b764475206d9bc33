/**
 * Step `cut-out`: picture after picture through three programs at once. While rembg looks at one picture, the next is
 * decoded and the one before is composed; so at most three are on the disk as raw pixels.
 */
import { type JobContext, JobFailure, type Step } from "../job.ts";
import { cutPicture, type Sessions } from "./cut-picture.ts";
import { type CutoutPicture, type CutoutState, failedReport } from "./cutout-state.ts";
import { warnOfMany } from "./picture-warnings.ts";
import { failIfNoneIsLeft } from "./read.ts";
import { SturdySession } from "./sturdy-session.ts";

const LANES = 3;

export const cutOutStep: Step<CutoutState> = {
  stage: "cut-out",
  async run(context, state) {
    const reader = state.reader ?? new SturdySession(context);
    const sessions = { reader, composer: state.pictures.length > 1 ? new SturdySession(context) : reader };
    try {
      await cutAll(context, state, sessions);
    } finally {
      await Promise.all([sessions.reader.close(), sessions.composer.close()]);
    }
  },
};

async function cutAll(context: JobContext, state: CutoutState, sessions: Sessions): Promise<void> {
  const total = state.pictures.length;
  const fractions = new Map<number, number>();
  const progress = (picture: CutoutPicture, fraction: number) => {
    fractions.set(picture.number, fraction);
    context.progress([...fractions.values()].reduce((sum, part) => sum + part, 0) / total);
  };
  const waiting = state.pictures.values();
  let firstFailure: JobFailure | undefined;
  let isStopped = false;
  const lane = async () => {
    for (const picture of waiting) {
      if (isStopped) return;
      try {
        state.reports[picture.number - 1] = await cutPicture(context, state, sessions, picture, (fraction) =>
          progress(picture, fraction),
        );
        state.done.push(picture.number);
      } catch (error) {
        if (!isOfThePicture(error)) {
          isStopped = true;
          throw error;
        }
        firstFailure ??= error;
        state.reports[picture.number - 1] = failedReport(picture.filename, error.message);
        context.log(error.message);
      }
      progress(picture, 1);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  failIfNoneIsLeft(state.done.length, total, firstFailure);
  const reports = state.pictures.flatMap(({ number }) => state.reports[number - 1] ?? []);
  warnOfMany(
    context,
    reports.flatMap(({ warnings, error }) => error ?? warnings),
  );
}

/** Whether only this picture is to blame, so that the others can go on. */
function isOfThePicture(error: unknown): error is JobFailure {
  return error instanceof JobFailure && error.code.startsWith("input_");
}
