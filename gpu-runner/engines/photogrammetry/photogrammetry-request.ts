/**
 * What the child of the photogrammetry engine is asked, by `kind`, and what each kind answers. `sceneDir` is the scene folder
 * (gpu-runner/python/photogrammetry/README.md), which all steps read and write; every other path is absolute too.
 */
import type { PhotogrammetryFormat, PhotogrammetryParams } from "#contract/job-types/photogrammetry.ts";

export type Quality = PhotogrammetryParams["quality"];

/** What a photo or view was left out for. `file` is what the user called it. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

interface Requests {
  /** Photos upright and at the quality's size, frames of videos; writes `photos.json`. Files that can't be read are skipped. */
  "read-photos": {
    readonly files: readonly { readonly path: string; readonly filename: string }[];
    readonly quality: Quality;
    readonly frames: number;
  };
  /** Takes masks given by the user, by the photos' names. */
  "take-masks": { readonly files: readonly { readonly path: string; readonly filename: string }[] };
  /** A verdict on every photo; writes it to `photos.json`, and `photos.webp`. Fails with photos_unusable when too few are left. */
  "check-photos": { readonly keep: readonly string[]; readonly drop: readonly string[]; readonly strict: boolean };
  match: { readonly matching: PhotogrammetryParams["matching"]; readonly seed: number };
  /** Camera poses and the gate. Fails with cameras_unreliable when the set can't carry a model. */
  align: {
    readonly mapper: PhotogrammetryParams["mapper"];
    readonly scale: PhotogrammetryParams["scale"];
    readonly markerMm: number;
    readonly seed: number;
  };
  /** Undistorts photos and masks at the quality's size; takes poses that were found at another size. */
  undistort: { readonly quality: Quality };
  "plan-depth": { readonly quality: Quality };
  /** The depth map of one view, by its photo's id. Any number of children may do different views at once. */
  depth: { readonly photo: number; readonly quality: Quality; readonly seed: number };
  /** The depth maps of all views with COLMAP's CUDA stereo, in the same files. */
  "depth-cuda": { readonly quality: Quality };
  fuse: { readonly quality: Quality };
  mesh: {
    readonly quality: Quality;
    readonly holes: PhotogrammetryParams["holes"];
    readonly faces: number | null;
    readonly lods: number;
    readonly sizeMm: number | null;
    readonly regionOfInterest: string | null;
    /** A PLY in scene units to take instead of a surface through the points; null = none. */
    readonly surfacePath: string | null;
    readonly seed: number;
  };
  texture: { readonly quality: Quality; readonly texturePx: number | null; readonly seed: number };
  /** Writes the files of the formats, under the names the job type lists, into `outDir`. `cameras.json` always. */
  export: {
    readonly formats: readonly PhotogrammetryFormat[];
    /** `raw` keeps the texture without loss. */
    readonly quality: Quality;
    readonly outDir: string;
  };
  /** Packs files and folders of the scene into a tar. Those that are missing are left out. */
  pack: { readonly names: readonly string[]; readonly path: string };
  /** Unpacks such a tar into the scene. */
  unpack: { readonly path: string };
}

export interface PhotogrammetryResults {
  "read-photos": {
    readonly photos: number;
    readonly skipped: readonly LeftOut[];
    readonly warnings: readonly string[];
    readonly versions: Readonly<Record<string, string>>;
  };
  "take-masks": { readonly masks: number; readonly warnings: readonly string[] };
  /**
   * `dropped`: photos that will not be used; `warnings`: what the user should know about the set; `overlap`: that it seems to fall
   * apart, by a first look, which the cameras confirm or not.
   */
  "check-photos": {
    readonly used: number;
    readonly dropped: readonly LeftOut[];
    readonly warnings: readonly string[];
    readonly overlap: string | null;
  };
  match: {
    readonly pairs: number;
    readonly verifiedPairs: number;
    readonly versions: Readonly<Record<string, string>>;
  };
  align: {
    readonly registered: number;
    readonly dropped: readonly LeftOut[];
    readonly reprojectionErrorPx: number;
    readonly meanTrackLength: number;
    readonly points: number;
    readonly mapper: "incremental" | "global";
    readonly warnings: readonly string[];
  };
  undistort: { readonly views: number };
  "plan-depth": { readonly photos: readonly number[] };
  depth: { readonly measured: number; readonly cpuSeconds: number };
  "depth-cuda": { readonly views: number };
  fuse: { readonly points: number; readonly dropped: readonly LeftOut[]; readonly warnings: readonly string[] };
  mesh: {
    readonly triangles: number;
    readonly watertight: boolean;
    /** Of the finished model, metres; the scale is known when `scaleSource` says from what. */
    readonly sizeM: readonly [number, number, number];
    readonly scaleSource: "size" | "marker" | "gps" | null;
    readonly warnings: readonly string[];
  };
  texture: { readonly texturePx: number; readonly charts: number; readonly seenShare: number };
  export: { readonly files: readonly string[]; readonly versions: Readonly<Record<string, string>> };
  pack: object;
  unpack: object;
}

export type PhotogrammetryKind = keyof Requests;
export type PhotogrammetryRequest<K extends PhotogrammetryKind = PhotogrammetryKind> = {
  readonly [Kind in K]: { readonly kind: Kind; readonly sceneDir: string } & Requests[Kind];
}[K];
