/** One picture: decoded, cut out by rembg, composed. Its raw files are gone afterwards. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { numberedName } from "#contract/job-types/job-type.ts";
import { MAX_CUTOUT_PREVIEWS, type RemoveBackgroundParams } from "#contract/job-types/remove-background.ts";
import type { CutoutLook } from "../../engines/picture/cutout/compose-cutout.ts";
import type { JobContext } from "../job.ts";
import type { CutoutPicture, CutoutState, PictureReport } from "./cutout-state.ts";
import { maskWarnings, mattingWarning } from "./picture-warnings.ts";
import type { SturdySession } from "./sturdy-session.ts";

/** Children that decode and compose; the same one for a single picture. */
export interface Sessions {
  readonly reader: SturdySession;
  readonly composer: SturdySession;
}

const PREVIEW_SIDE_PX = 1_600;
const SMALL_SIDE_PX = 640;
/** Shares of a picture's time, for the progress. */
const DECODED = 0.15;
const MASKED = 0.75;

/** Where the result of a picture goes, or null when it is not wanted. */
export function resultPaths(context: JobContext, state: CutoutState, number: number) {
  const { result, format } = context.params as RemoveBackgroundParams;
  const dir = state.isMany ? context.workDir : context.outDir;
  const [cutout, mask] = state.isMany
    ? [`cutout-${number}.${format}`, `mask-${number}.png`]
    : [`cutout.${format}`, "mask.png"];
  return {
    cutout: result === "mask" ? null : join(dir, cutout),
    mask: result === "cutout" ? null : join(dir, mask),
  };
}

/** Does all of it. Rejects with a JobFailure whose code begins with `input_` when the picture is to blame. */
export async function cutPicture(
  context: JobContext,
  state: CutoutState,
  sessions: Sessions,
  picture: CutoutPicture,
  onProgress: (fraction: number) => void,
): Promise<PictureReport> {
  const params = context.params as RemoveBackgroundParams;
  const { number, path, filename } = picture;
  const raw = rawPaths(context, number);
  const small = smallPictures(context, state, number);
  const look = cutoutLook(context);
  try {
    const { width, height, hasAlpha, hasProfile } = await sessions.reader.request(
      {
        kind: "decode-cutout",
        path,
        filename,
        // What is put behind the subject is sRGB.
        keepProfile: look.background.color === null && look.background.picture === null,
        rgbPath: raw.rgb,
        alphaPath: raw.alpha,
        profilePath: raw.profile,
        before: small.before,
      },
      filename,
    );
    onProgress(DECODED);
    const { provider, version, hasForeground, notes } = await context.engines.rembg.cutOut(
      {
        model: params.model,
        rgbPath: raw.rgb,
        width,
        height,
        edges: params.edges,
        matting: mattingOf(params),
        maskPath: raw.mask,
        foregroundPath: raw.foreground,
      },
      context.run,
    );
    state.provider = provider;
    noteVersions(context, version);
    onProgress(MASKED);
    const paths = resultPaths(context, state, number);
    const done = await sessions.composer.request(
      {
        kind: "compose-cutout",
        width,
        height,
        rgbPath: hasForeground ? raw.foreground : raw.rgb,
        alphaPath: hasAlpha ? raw.alpha : null,
        maskPath: raw.mask,
        profilePath: hasProfile ? raw.profile : null,
        look,
        cutoutPath: paths.cutout,
        maskOutPath: paths.mask,
        after: small.after,
      },
      filename,
    );
    const { coverage, pieces } = done;
    const warnings = [
      ...maskWarnings(filename, done, params.model),
      ...notes.map((note) => mattingWarning(filename, note)),
    ];
    return { filename, width: done.width, height: done.height, coverage, pieces, warnings };
  } finally {
    await Promise.all(Object.values(raw).map((file) => rm(file, { force: true })));
  }
}

function rawPaths({ workDir }: JobContext, number: number) {
  const file = (kind: string) => join(workDir, `picture-${number}.${kind}`);
  return {
    rgb: file("rgb"),
    alpha: file("alpha"),
    profile: file("icc"),
    mask: file("mask"),
    foreground: file("foreground"),
  };
}

function smallPictures({ outDir }: JobContext, { isMany }: CutoutState, number: number) {
  const at = (name: string, maxSidePx: number) => ({ path: join(outDir, name), maxSidePx });
  if (!isMany) return { before: at("before.webp", PREVIEW_SIDE_PX), after: at("preview.webp", PREVIEW_SIDE_PX) };
  if (number > MAX_CUTOUT_PREVIEWS) return { before: null, after: null };
  return {
    before: at(numberedName("before-{n}.webp", number), SMALL_SIDE_PX),
    after: at(numberedName("after-{n}.webp", number), SMALL_SIDE_PX),
  };
}

function cutoutLook({ params, inputs }: JobContext): CutoutLook {
  const { format, crop, paddingPercent, shadow, backgroundColor, maxSidePx } = params as RemoveBackgroundParams;
  const picture = inputs.find(({ role }) => role === "background");
  return {
    format,
    cropPaddingPercent: crop ? paddingPercent : null,
    shadow,
    background: {
      color: backgroundColor ?? null,
      picture: picture ? { path: picture.path, filename: picture.filename } : null,
    },
    maxSidePx: maxSidePx ?? null,
  };
}

function mattingOf(params: RemoveBackgroundParams) {
  if (!params.alphaMatting) return null;
  const { mattingForeground: foreground, mattingBackground: background, mattingErodePx: erodePx } = params;
  return { foreground, background, erodePx };
}

/** `rembg 2.0.86, onnxruntime 1.31.1` → two versions. */
function noteVersions(context: JobContext, versions: string): void {
  for (const part of versions.split(", ")) {
    const [tool = "", version = ""] = part.split(" ");
    context.version(tool, version);
  }
}
