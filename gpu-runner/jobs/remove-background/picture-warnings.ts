/** What users are told of a mask that may not be what they want, and how much of it when there are many pictures. */
import type { JobContext } from "../job.ts";

const EMPTY_BELOW = 0.002;
const FULL_ABOVE = 0.985;
const MANY_PIECES = 8;
/** Lines of the same kind in the job's warnings; the report has all. */
const MAX_LINES = 10;

/** What may be wrong with the mask of `filename`, in sentences that say what to try. */
export function maskWarnings(
  filename: string,
  { coverage, pieces }: { readonly coverage: number; readonly pieces: number },
  model: string,
): string[] {
  const other = model === "isnet-general-use" ? "birefnet-general" : "isnet-general-use";
  if (coverage < EMPTY_BELOW) {
    return [
      `${filename}: no subject was found, the mask is empty. Try another model, e.g. ${other}, or a picture in which the subject is larger.`,
    ];
  }
  if (coverage > FULL_ABOVE) {
    return [
      `${filename}: all of the picture was taken for the subject. Try another model, e.g. ${other}, or a picture with more room around the subject.`,
    ];
  }
  if (pieces > MANY_PIECES) {
    return [`${filename}: the mask is in ${pieces} pieces. Try smooth edges or another model, e.g. ${other}.`];
  }
  return [];
}

/** What alpha matting had to say of a picture. */
export function mattingWarning(filename: string, note: "matting-failed" | "matting-smaller"): string {
  return note === "matting-failed"
    ? `${filename}: alpha matting found no solution; the mask is the model's own. Try other levels or a smaller rim.`
    : `${filename}: alpha matting was solved on a smaller copy, because the picture has more than 3 million pixels.`;
}

/** Passes the first lines on, and says how many there are besides. */
export function warnOfMany(context: JobContext, lines: readonly string[]): void {
  for (const line of lines.slice(0, MAX_LINES)) context.warn(line);
  if (lines.length > MAX_LINES) context.warn(`${lines.length - MAX_LINES} more warnings are in the report.`);
}
