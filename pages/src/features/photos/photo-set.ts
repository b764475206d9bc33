/**
 * What a job found out about its photos (`photos.json`, shape in gpu-runner/python/photogrammetry/README.md), read with care:
 * what is not as expected is left out, and a photo without a verdict is not shown as a good one. Pure.
 */
import { z } from "zod";

export const VERDICTS = ["good", "warn", "bad"] as const;
export type Verdict = (typeof VERDICTS)[number];

const boxSchema = z.object({
  x: z.number().min(0),
  y: z.number().min(0),
  width: z.number().positive(),
  height: z.number().positive(),
});
/** A part of the sheet of small pictures, px. */
export type Box = z.infer<typeof boxSchema>;

const photoSchema = z.object({
  file: z.string().min(1),
  verdict: z.enum(VERDICTS).catch("warn"),
  reasons: z.array(z.object({ code: z.string().catch(""), message: z.string() })).catch([]),
  use: z.boolean().optional().catch(undefined),
  thumbnail: boxSchema.nullable().catch(null).default(null),
});

/** The reason of a photo that the visitor left out: nothing to tell the visitor. */
const BY_HAND = "dropped";

const photosSchema = z.object({
  photos: z.array(photoSchema.nullable().catch(null)).catch([]),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() }).nullable().catch(null)).catch([]),
});

export interface Photo {
  /** Place in the set, from 0: names may come twice. */
  readonly index: number;
  /** What the visitor called it. */
  readonly file: string;
  readonly verdict: Verdict;
  /** Sentences. */
  readonly reasons: readonly string[];
  /** Whether the job used it, or would. */
  readonly use: boolean;
  readonly thumbnail: Box | null;
}

/** A file that could not be read, or was not used, and why. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

export interface PhotoSet {
  readonly photos: readonly Photo[];
  /** Files that could not be read. */
  readonly skipped: readonly LeftOut[];
}

/** Reads `photos.json`, or null when it is none. */
export function readPhotoSet(json: unknown): PhotoSet | null {
  const parsed = photosSchema.safeParse(json);
  if (!parsed.success) return null;
  const { photos, skipped } = parsed.data;
  const known = photos.flatMap((photo) => (photo ? [photo] : []));
  return {
    photos: known.map(({ file, verdict, reasons, use, thumbnail }, index) => ({
      index,
      file,
      verdict,
      reasons: reasons.filter(({ code }) => code !== BY_HAND).map(({ message }) => message),
      use: use ?? verdict !== "bad",
      thumbnail,
    })),
    skipped: skipped.flatMap((one) => (one ? [one] : [])),
  };
}

/** A photo's name without the folders of its zip. */
export const shortName = ({ file }: Photo): string => file.split("/").at(-1) || file;

/** Whether a photo needs a look: it is not simply good. */
export const isDoubtful = ({ verdict }: Photo): boolean => verdict !== "good";

const WORDS: Readonly<Record<Verdict, string>> = { good: "Good", warn: "Doubtful", bad: "No good" };

/** A photo's verdict and its reasons, e.g. "Doubtful: less sharp than the others." */
export function verdictText({ verdict, reasons }: Photo): string {
  return reasons.length === 0 ? WORDS[verdict] : `${WORDS[verdict]}: ${reasons.join(" ")}`;
}

/** How many there are of each kind, in words: "20 good", "3 doubtful". */
export function countsOf({ photos, skipped }: PhotoSet): string[] {
  const counts = VERDICTS.map((verdict) => {
    const count = photos.filter((photo) => photo.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${WORDS[verdict].toLowerCase()}`];
  });
  return [...counts.flat(), ...(skipped.length === 0 ? [] : [`${skipped.length} could not be read`])];
}
