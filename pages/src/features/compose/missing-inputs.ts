/** Whether enough was chosen to begin. Pure. */
import type { Kind } from "../../kinds.ts";
import type { DraftInput } from "./draft.ts";

/** What is still missing, as a sentence; null when there is enough. */
export function missingInputs(inputs: readonly DraftInput[], min: number, kind: Kind | undefined): string | null {
  if (inputs.length < min) return `Choose ${kind?.wanted ?? "a file"} first.`;
  const minPhotos = kind?.photos?.min ?? 0;
  // A video or a zip holds as many as it holds.
  const countable = inputs.every(({ type }) => type.startsWith("image/"));
  if (!countable || inputs.length >= minPhotos) return null;
  return `A model needs at least ${minPhotos} photos; 20 to 60 from all around are good.`;
}
