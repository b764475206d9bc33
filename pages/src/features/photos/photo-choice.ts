/**
 * Which photos the visitor wants used: what the server proposes, and what was changed by hand. A job is told by file names,
 * so photos of one name are chosen together. Kept in this browser per job. Pure but for the store it is given.
 */
import { z } from "zod";
import type { Photo, PhotoSet } from "./photo-set.ts";

/** By file name: whether it is to be used, where the visitor has said so. */
export type Choice = Readonly<Record<string, boolean>>;

/** Whether a photo is to be used. */
export const isUsed = ({ file, use }: Photo, choice: Choice): boolean =>
  Object.hasOwn(choice, file) ? choice[file] === true : use;

/** The choice with these photos used, or left out. */
export function withUse(choice: Choice, photos: readonly Photo[], use: boolean): Choice {
  return { ...choice, ...Object.fromEntries(photos.map(({ file }) => [file, use])) };
}

/** How many photos would be used. */
export const usedCount = ({ photos }: PhotoSet, choice: Choice): number =>
  photos.filter((photo) => isUsed(photo, choice)).length;

/**
 * The choice as parameters of a job: `keep` names photos to use though they are no good, `drop` those to leave out though
 * they are not. A name stands for all photos that have it.
 */
export function toKeepAndDrop({ photos }: PhotoSet, choice: Choice): { keep: string[]; drop: string[] } {
  const keep = new Set<string>();
  const drop = new Set<string>();
  for (const photo of photos) {
    const used = isUsed(photo, choice);
    if (used && photo.verdict === "bad") keep.add(photo.file);
    if (!used && photo.verdict !== "bad") drop.add(photo.file);
  }
  return { keep: [...keep], drop: [...drop].filter((file) => !keep.has(file)) };
}

const KEY = "kiln.photos";
const MAX_KEPT = 20;
const keptSchema = z.array(z.tuple([z.string(), z.record(z.string(), z.boolean())])).catch([]);

type Store = Pick<Storage, "getItem" | "setItem">;

function readKept(store: Store | null): [string, Choice][] {
  try {
    return keptSchema.parse(JSON.parse(store?.getItem(KEY) ?? "[]"));
  } catch {
    return [];
  }
}

/** What was chosen by hand for this job's photos; nothing where nothing was, or the entry is damaged. */
export function readChoice(store: Store | null, jobId: string): Choice {
  return readKept(store).find(([id]) => id === jobId)?.[1] ?? {};
}

/** Keeps it; those of the oldest jobs are forgotten. A store that is full keeps nothing, which is no failure. */
export function keepChoice(store: Store | null, jobId: string, choice: Choice): void {
  const others = readKept(store).filter(([id]) => id !== jobId);
  try {
    store?.setItem(KEY, JSON.stringify([...others, [jobId, choice]].slice(-MAX_KEPT)));
  } catch {
    // Hundreds of names a job can fill it; the choice lives on in the page.
  }
}
