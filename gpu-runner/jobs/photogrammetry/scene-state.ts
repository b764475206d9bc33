/** What the steps hand to each other, and how they ask the engine: all of them work on one scene folder. */
import { chmod, copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PhotogrammetryParams } from "#contract/job-types/photogrammetry.ts";
import type { EngineRun } from "../../engines/engine.ts";
import type {
  LeftOut,
  PhotogrammetryKind,
  PhotogrammetryRequest,
  PhotogrammetryResults,
} from "../../engines/photogrammetry/photogrammetry-request.ts";
import type { JobContext } from "../job.ts";

/** A photo as `photos.json` has it; what the runner needs of it. */
export interface ScenePhoto {
  readonly id: number;
  readonly file: string;
  readonly image: string;
  readonly sha256: string;
  readonly video: { readonly file: string; readonly timeS: number } | null;
  readonly use: boolean;
}

export interface SceneState {
  /** Files that couldn't be read, photos that were not used, views that failed the gate: all that is not in the model. */
  readonly dropped: LeftOut[];
  /** Masks that the user gave, unpacked; they name the photos by their names. */
  userMasks: readonly { readonly path: string; readonly filename: string }[];
  /** Masks for all used photos are in the scene. */
  hasMasks: boolean;
  /** What the later stages' checkpoints depend on; grows from stage to stage. */
  key: string;
}

export const createSceneState = (): SceneState => ({ dropped: [], userMasks: [], hasMasks: false, key: "" });

export const paramsOf = ({ params }: JobContext): PhotogrammetryParams => params as PhotogrammetryParams;

/** The scene folder. */
export const sceneDir = ({ workDir }: JobContext): string => join(workDir, "scene");

/** A folder in the scene that children of any user can write to. Nobody else can pass through the workspace. */
export async function sceneFolder(context: JobContext, ...parts: string[]): Promise<string> {
  const folder = join(sceneDir(context), ...parts);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  return folder;
}

export async function readSceneJson<T>(context: JobContext, name: string): Promise<T> {
  return JSON.parse(await readFile(join(sceneDir(context), name), "utf8")) as T;
}

/** The photos that the steps after `check` work with. */
export async function usedPhotos(context: JobContext): Promise<ScenePhoto[]> {
  const { photos } = await readSceneJson<{ photos: ScenePhoto[] }>(context, "photos.json");
  return photos.filter(({ use }) => use);
}

/** Copies a file of the scene to the artifacts. */
export async function publish(context: JobContext, name: string): Promise<void> {
  await copyFile(join(sceneDir(context), name), join(context.outDir, name));
}

/** An engine's run whose progress is the part of the stage from `from` to `to`. */
export function partOf(context: JobContext, from: number, to: number): EngineRun {
  return {
    ...context.run,
    onProgress: (fraction) => context.progress(fraction === null ? null : from + (to - from) * fraction),
  };
}

type Without<T> = T extends unknown ? Omit<T, "kind" | "sceneDir"> : never;

/** One request of the engine, in the attempt's child. */
export function ask<K extends PhotogrammetryKind>(
  context: JobContext,
  kind: K,
  request: Without<PhotogrammetryRequest<K>>,
  run: EngineRun = context.run,
): Promise<PhotogrammetryResults[K]> {
  const full = { kind, sceneDir: sceneDir(context), ...request } as unknown as PhotogrammetryRequest<K>;
  return context.engines.photogrammetry.request(full, run);
}
