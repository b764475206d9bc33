/** Step `mask`: where the subject is in each photo, as the user gave it or as rembg sees it. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PictureSession } from "../../engines/picture/picture-engine.ts";
import type { JobContext, Step } from "../job.ts";
import { ask, paramsOf, type ScenePhoto, type SceneState, sceneDir, sceneFolder, usedPhotos } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

/** A mask that covers less of a photo than this has missed the subject. */
const MIN_COVERAGE = 0.005;
/** Nothing is done to the colours: only the mask is wanted. */
const MASK_ONLY = {
  format: "png",
  cropPaddingPercent: null,
  shadow: "none",
  background: { color: null, picture: null },
  maxSidePx: null,
} as const;

export const maskStep: Step<SceneState> = {
  stage: "mask",
  async run(context, state) {
    const { until, mask, model } = paramsOf(context);
    if (until === "check") return;
    if (state.userMasks.length > 0) {
      const { masks, warnings } = await ask(context, "take-masks", { files: state.userMasks });
      warnings.forEach(context.warn);
      context.log(`${masks} masks are used`);
      state.hasMasks = masks > 0;
      // Which ones they are is a matter of the job's inputs, which a rerun shares.
      state.key = makeKey(state.key, "masks given");
    } else if (mask === "subject") {
      const key = makeKey(state.key, "subject", model);
      await resume(context, { name: "masks", key, files: ["masks"], make: () => findSubjects(context) });
      state.hasMasks = true;
      state.key = key;
    }
  },
};

async function findSubjects(context: JobContext): Promise<object> {
  const folder = await sceneFolder(context, "masks");
  const photos = await usedPhotos(context);
  const session = await context.engines.picture.open(context.run);
  const missed: string[] = [];
  try {
    for (const [index, photo] of photos.entries()) {
      context.signal.throwIfAborted();
      const path = join(folder, photo.image.replace(/\.jpg$/, ".png"));
      if ((await findSubject(context, session, photo, path)) < MIN_COVERAGE) {
        await rm(path, { force: true });
        missed.push(photo.file);
      }
      context.progress((index + 1) / photos.length);
    }
  } finally {
    await session.close();
  }
  if (missed.length > 0) {
    context.warn(`No subject was found in ${missed.slice(0, 5).join(", ")}: all of these photos is used.`);
  }
  // What comes next needs much memory itself.
  await context.engines.rembg.rest(paramsOf(context).model, context.run);
  return {};
}

/** Writes the mask of one photo; returns the share of the photo that it covers. */
async function findSubject(
  context: JobContext,
  session: PictureSession,
  photo: ScenePhoto,
  path: string,
): Promise<number> {
  const file = (kind: string) => join(context.workDir, `subject.${kind}`);
  const raw = { rgbPath: file("rgb"), alphaPath: file("alpha"), profilePath: file("icc") };
  const picture = { path: join(sceneDir(context), "photos", photo.image), filename: photo.file };
  const maskPath = file("mask");
  // Progress is counted in photos.
  const call = { onProgress: () => {} };
  const { width, height } = await session.request(
    { kind: "decode-cutout", ...picture, keepProfile: false, ...raw, before: null },
    call,
  );
  const { model } = paramsOf(context);
  const { version, provider } = await context.engines.rembg.cutOut(
    {
      model,
      rgbPath: raw.rgbPath,
      width,
      height,
      edges: "as-is",
      matting: null,
      maskPath,
      foregroundPath: file("foreground"),
    },
    { ...context.run, onProgress: () => {} },
  );
  context.version("rembg", version);
  context.report({ model, provider });
  const { coverage } = await session.request(
    {
      kind: "compose-cutout",
      width,
      height,
      rgbPath: raw.rgbPath,
      alphaPath: null,
      maskPath,
      profilePath: null,
      look: MASK_ONLY,
      cutoutPath: null,
      maskOutPath: path,
      after: null,
    },
    call,
  );
  return coverage;
}
