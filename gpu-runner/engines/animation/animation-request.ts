/**
 * What the child of the animation engine is asked, by `kind`, and what each kind answers. One child serves one job, in this
 * order: `read`; for each chunk of masks `mask-frames` and `keep-masks`; `settle`; per output `fit` if its size is limited,
 * `parts`, `encode`, `join`, `check`; `still` any time after `settle`. Paths are absolute.
 */
import type { AnimateParams } from "#contract/job-types/animate.ts";
import type { OutputKind } from "./encode/outputs.ts";
import type { Fit } from "./fit/fit-size.ts";

/** How an output is encoded. Outputs of the same scale are encoded in one pass. */
export interface OutputSettings {
  readonly kind: OutputKind;
  /** 0 to 100. */
  readonly quality: number;
  /** Share of the width and height that the parameters ask for. */
  readonly scale: number;
}

export interface ReadRequest {
  readonly files: readonly { readonly path: string; readonly filename: string }[];
  readonly params: AnimateParams;
  /** Scratch folder, and the name of the attempt. */
  readonly workDir: string;
  readonly tag: string;
}

export interface ReadResult {
  readonly source: {
    readonly type: string;
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    readonly frames: number;
    readonly durationS: number;
    readonly variableFrameRate: boolean;
  };
  readonly frames: number;
  readonly durationS: number;
  readonly warnings: readonly string[];
  /** Size of the masks and how many frames each chunk of them has. */
  readonly masks: { readonly width: number; readonly height: number; readonly counts: readonly number[] };
  /** Version of ffmpeg and img2webp. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface SettleResult {
  readonly width: number;
  readonly height: number;
  readonly warnings: readonly string[];
}

/** A part of an output: a file under `dir`. One that lies there before `encode` is taken as it is. */
export interface PartsResult {
  readonly dir: string;
  readonly parts: readonly { readonly name: string; readonly frames: number }[];
}

export interface CheckResult {
  readonly frames: number;
  readonly durationS: number;
  readonly width: number;
  readonly height: number;
  readonly warnings: readonly string[];
}

export type AnimationRequest =
  | ({ readonly kind: "read" } & ReadRequest)
  /** Writes the frames of a chunk of masks as raw RGB. */
  | { readonly kind: "mask-frames"; readonly chunk: number; readonly framesPath: string }
  /** Takes the masks of a chunk: raw from `rawPath`, packed to `path`, or, when `rawPath` is null, packed in `path` already. */
  | { readonly kind: "keep-masks"; readonly chunk: number; readonly rawPath: string | null; readonly path: string }
  | { readonly kind: "settle" }
  | { readonly kind: "still"; readonly posterPath: string | null; readonly previewPath: string }
  | { readonly kind: "fit"; readonly output: OutputKind; readonly maxBytes: number; readonly correction: number }
  | ({ readonly kind: "parts" } & { readonly output: OutputSettings })
  /** Events `part` (`name`, `path`, `frames`) tell of each part as soon as it is complete. */
  | { readonly kind: "encode"; readonly outputs: readonly OutputSettings[] }
  | { readonly kind: "join"; readonly output: OutputSettings; readonly path: string }
  /** Decodes a finished file. */
  | { readonly kind: "check"; readonly output: OutputSettings; readonly path: string };

export interface AnimationResults {
  readonly read: ReadResult;
  readonly "mask-frames": { readonly width: number; readonly height: number; readonly count: number };
  /** False when `path` holds other masks than these; they have to be made. */
  readonly "keep-masks": { readonly kept: boolean };
  readonly settle: SettleResult;
  readonly still: Record<never, never>;
  readonly fit: Fit;
  readonly parts: PartsResult;
  readonly encode: Record<never, never>;
  readonly join: { readonly bytes: number };
  readonly check: CheckResult;
}
