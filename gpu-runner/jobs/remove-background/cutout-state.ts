/** What the steps of `remove-background` hand to each other. */
import type { SturdySession } from "./sturdy-session.ts";

/** A picture that is worked on. */
export interface CutoutPicture {
  /** From 1, in the order the pictures came; names its numbered outputs. */
  readonly number: number;
  readonly path: string;
  /** What the user calls it; inside a zip with its folders. */
  readonly filename: string;
}

/** What the report says of a picture. */
export interface PictureReport {
  readonly filename: string;
  /** Of the result; 0 when there is none. */
  readonly width: number;
  readonly height: number;
  readonly coverage: number;
  readonly pieces: number;
  readonly warnings: readonly string[];
  /** Why it could not be used. */
  readonly error?: string;
}

export interface CutoutState {
  /** Reads pictures; stays open from the first step on. */
  reader: SturdySession | undefined;
  pictures: CutoutPicture[];
  /** Results are zips: there is more than one picture, or they came in a zip. */
  isMany: boolean;
  /** By number − 1. */
  reports: PictureReport[];
  /** Numbers of the pictures with a result, once they have it. */
  done: number[];
  provider: string;
}

export function createCutoutState(): CutoutState {
  return { reader: undefined, pictures: [], isMany: false, reports: [], done: [], provider: "" };
}

/** The report of a picture that could not be used. */
export function failedReport(filename: string, error: string): PictureReport {
  return { filename, width: 0, height: 0, coverage: 0, pieces: 0, warnings: [], error };
}
