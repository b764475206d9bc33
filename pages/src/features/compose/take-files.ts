/** Which of the files that were dropped or chosen become inputs, beside those that are there. Pure but for reading. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import { checkFile } from "./check-file.ts";
import { type DraftInput, inputOfFile } from "./draft.ts";

export interface Refusal {
  readonly filename: string;
  readonly reason: string;
}
export interface Taken {
  readonly inputs: readonly DraftInput[];
  readonly refused: readonly Refusal[];
}

/** Files whose beginnings are read at the same time. */
const PARALLEL = 16;

const isVideo = ({ type }: DraftInput): boolean => type.startsWith("video/");

/** Checks every file and adds the good ones to `current`, in the order given. `videoAlone`: see `join`. */
export async function takeFiles(
  current: readonly DraftInput[],
  files: readonly File[],
  accepted: JobTypeInfo["inputs"],
  videoAlone = true,
): Promise<Taken> {
  const added: DraftInput[] = [];
  const refused: Refusal[] = [];
  for (let at = 0; at < files.length; at += PARALLEL) {
    const batch = files.slice(at, at + PARALLEL);
    const checks = await Promise.all(batch.map((file) => checkFile(file, accepted)));
    for (const [i, check] of checks.entries()) {
      const file = batch[i] as File;
      if (check.problem === null) added.push(inputOfFile(file, check.type));
      else refused.push({ filename: file.name, reason: check.problem });
    }
  }
  const joined = join(current, added, accepted.max, videoAlone);
  return { inputs: joined.inputs, refused: [...refused, ...joined.refused] };
}

/**
 * The inputs there are with those that came: where only one is taken, the newest; where a video is worked on by itself
 * (`videoAlone`), it takes the place of pictures and they take its; beyond `max` the last ones are refused.
 */
export function join(
  current: readonly DraftInput[],
  added: readonly DraftInput[],
  max: number,
  videoAlone = true,
): Taken {
  if (added.length === 0) return { inputs: current, refused: [] };
  const alone = max === 1 ? added.at(-1) : videoAlone ? added.find(isVideo) : undefined;
  if (alone) {
    const reason = max === 1 ? "Only one file is taken at a time." : "A video is worked on by itself.";
    const others = added.filter((input) => input !== alone);
    return { inputs: [alone], refused: others.map(({ filename }) => ({ filename, reason })) };
  }
  const all = [...current.filter((input) => !videoAlone || !isVideo(input)), ...added];
  const over = all.slice(max).map(({ filename }) => ({ filename, reason: `Up to ${max} files can be taken.` }));
  return { inputs: all.slice(0, max), refused: over };
}

/** What the visitor is told about files that were not taken, or null when all were. */
export function refusalText(refused: readonly Refusal[]): string | null {
  const [first, ...more] = refused;
  if (!first) return null;
  const text = `${first.filename}: ${first.reason}`;
  if (more.length === 0) return text;
  const names = more.slice(0, 2).map(({ filename }) => filename);
  const rest = more.length - names.length;
  return `${text} Also left out: ${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}.`;
}
