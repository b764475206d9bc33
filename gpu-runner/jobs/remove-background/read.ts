/** Step `read`: which pictures there are. Zips are unpacked, headers read; what can't be used is named and left out. */
import { readSignature } from "#contract/file-signature.ts";
import { MAX_PICTURES } from "#contract/limits.ts";
import { readHead } from "../../engines/picture/read/read-header.ts";
import type { UnpackRequest } from "../../engines/picture/read/unpack-zip.ts";
import { type InputFile, type JobContext, JobFailure, type Step } from "../job.ts";
import { unpackZipInput } from "../zip-input.ts";
import { type CutoutPicture, type CutoutState, failedReport } from "./cutout-state.ts";
import { warnOfMany } from "./picture-warnings.ts";
import { SturdySession } from "./sturdy-session.ts";

export const readStep: Step<CutoutState> = {
  stage: "read",
  async run(context, state) {
    context.engines.rembg.checkModel(String(context.params.model));
    const reader = new SturdySession(context);
    state.reader = reader;
    const background = context.inputs.find(({ role }) => role === "background");
    if (background) await reader.request({ kind: "inspect", ...named(background) }, background.filename);
    const found = await findPictures(context, reader);
    state.isMany = found.isMany;
    await inspectAll(context, state, found.pictures, reader);
  },
};

const named = ({ path, filename }: InputFile) => ({ path, filename });

async function findPictures(
  context: JobContext,
  reader: SturdySession,
): Promise<{ pictures: CutoutPicture[]; isMany: boolean }> {
  const files = context.inputs.filter(({ role }) => role === null);
  const pictures: { path: string; filename: string }[] = [];
  let zips = 0;
  for (const file of files) {
    if (readSignature(await readHead(file.path))?.type !== "application/zip") pictures.push(named(file));
    else {
      const wish = {
        number: ++zips,
        none: "holds no pictures. Zip PNG, JPG, WebP, GIF, TIFF or BMP files.",
        others: "no pictures",
        unpack: (request: { readonly kind: "unpack" } & UnpackRequest) => reader.request(request, file.filename),
      };
      pictures.push(...(await unpackZipInput(context, file, wish)));
    }
  }
  if (pictures.length > MAX_PICTURES) {
    throw new JobFailure(
      "input_too_large",
      `There are ${pictures.length} pictures; one job takes ${MAX_PICTURES}. Start several jobs.`,
    );
  }
  const isMany = zips > 0 || pictures.length > 1;
  return { pictures: pictures.map((picture, index) => ({ number: index + 1, ...picture })), isMany };
}

/** Keeps the pictures whose headers are good; fails when there is none. */
async function inspectAll(
  context: JobContext,
  state: CutoutState,
  pictures: readonly CutoutPicture[],
  reader: SturdySession,
): Promise<void> {
  let firstFailure: JobFailure | undefined;
  for (const [index, picture] of pictures.entries()) {
    const { path, filename } = picture;
    try {
      await reader.request({ kind: "inspect", path, filename }, filename);
      state.pictures.push(picture);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      firstFailure ??= error;
      state.reports[index] = failedReport(filename, error.message);
    }
    context.progress((index + 1) / pictures.length);
  }
  failIfNoneIsLeft(state.pictures.length, pictures.length, firstFailure);
  warnOfMany(
    context,
    pictures.flatMap((_, index) => state.reports[index]?.error ?? []),
  );
}

/** Throws the one picture's failure, or one for all of them. */
export function failIfNoneIsLeft(left: number, of: number, first: JobFailure | undefined): void {
  if (left > 0 || !first) return;
  if (of === 1) throw first;
  throw new JobFailure(first.code, `None of the ${of} pictures can be used. The first one: ${first.message}`);
}
