/** Reads what a job found out about its photos: the verdicts, and the sheet of small pictures. */
import { useEffect, useState } from "react";
import type { Job } from "#contract/job.ts";
import { useArtifacts } from "../../api/artifacts.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { type PhotoSet, readPhotoSet } from "./photo-set.ts";

/** All small pictures in one. */
export interface Sheet {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

interface Read {
  readonly set: PhotoSet | null;
  /** Null without pictures: the names are enough to choose by. */
  readonly sheet: Sheet | null;
  readonly failure: Failure | null;
}
const NOTHING: Read = { set: null, sheet: null, failure: null };

/** The photos of a finished job; nothing for a job that wrote none. `again` reads them once more. */
export function usePhotoSet({
  manifest,
  purgedAt,
}: Pick<Job, "manifest" | "purgedAt">): Read & { readonly again: () => void } {
  const [read, setRead] = useState<Read>(NOTHING);
  const [round, setRound] = useState(0);
  const { read: readFile } = useArtifacts();
  const names = purgedAt === null ? (manifest?.artifacts.map(({ name }) => name) ?? []) : [];
  const hasSet = names.includes("photos.json");
  const hasSheet = names.includes("photos.webp");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round.
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let url: string | null = null;
    const readSet = async () => {
      const set = readPhotoSet(await (await readFile("photos.json", signal)).json());
      if (!set) throw new Error("The verdicts on the photos can't be read.");
      setRead((now) => ({ ...now, set }));
    };
    const readSheet = async () => {
      const blob = await (await readFile("photos.webp", signal)).blob();
      const { width, height } = await sizeOf(blob);
      if (signal.aborted) return;
      const made = URL.createObjectURL(blob);
      url = made;
      setRead((now) => ({ ...now, sheet: { url: made, width, height } }));
    };
    setRead(NOTHING);
    if (hasSet) {
      readSet().catch((error) => {
        if (!signal.aborted) setRead((now) => ({ ...now, failure: toFailure(error) }));
      });
    }
    // Without its pictures the set can still be judged.
    if (hasSheet) readSheet().catch(() => undefined);
    return () => {
      stop.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [readFile, hasSet, hasSheet, round]);
  return { ...read, again: () => setRound((n) => n + 1) };
}

/** Width and height of a picture, px. */
async function sizeOf(blob: Blob): Promise<{ width: number; height: number }> {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}
