/** The figures that photogrammetry has to reach, and how a run did. Pure. */

import type { Scene } from "./turntable/turntable.ts";

/** What evaluate/ prints, as far as it is judged here. */
export interface Evaluation {
  readonly cameras: {
    readonly kept: number;
    readonly wrong: readonly string[];
    readonly rmsePercent?: number;
    readonly worstPercent?: number;
    /** By the photo's name. */
    readonly perCamera?: Readonly<Record<string, { readonly percent: number; readonly turnDeg: number }>>;
  };
  readonly surface?: {
    readonly accuracy: { readonly mean: number; readonly within1: number } | null;
    readonly completeness: { readonly mean: number; readonly within1: number } | null;
    readonly chamferPercent: number | null;
  };
  readonly views?: {
    readonly psnrDb: number | null;
    readonly ssim: number | null;
    readonly objectPsnrDb: number | null;
    readonly psnrAfterGainDb: number | null;
  };
}

/** A run of one set of photos. */
export interface Run {
  readonly scene: Scene;
  readonly views: number;
  /** Absent when the job was refused. */
  readonly evaluation?: Evaluation;
  /** How far the job went. */
  readonly until: "cameras" | "model";
  /** Photos that have no camera and that the job doesn't name as left out. */
  readonly unnamed: readonly string[];
  readonly refused: { readonly code: string; readonly message: string } | null;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface Verdict {
  readonly figure: string;
  readonly found: string;
  readonly bound: string;
  readonly isMet: boolean;
}

const MAX_RMSE_PERCENT = 0.05;
const MIN_ACCURACY_PERCENT = 98;
const MIN_COMPLETENESS_PERCENT = 90;
const MAX_CHAMFER_PERCENT = 0.3;
const MIN_PSNR_DB = 26;
const MAX_CPU_SECONDS = 400;
const MAX_MEMORY_BYTES = 3e9;
/** Against a script that calls the same libraries. */
export const MAX_RATIO = 1.05;

/** Every figure that applies to a run. A refusal meets them only where photos may be refused: 30° apart, or misleading. */
export function judge(run: Run): Verdict[] {
  const { evaluation, refused, views, scene, until } = run;
  const mayBeRefused = scene === "repeating" || (scene === "textured" && views <= 12);
  if (refused || !evaluation) {
    const isMet = mayBeRefused && refused?.code === "cameras_unreliable";
    const bound = mayBeRefused ? "right cameras, or refused as unreliable" : "a model";
    return [{ figure: "outcome", found: refused?.code ?? "nothing", bound, isMet }];
  }
  const verdicts = [...judgeCameras(run, evaluation)];
  if (scene === "textured" && views === 24 && until === "model") verdicts.push(...judgeModel(run, evaluation));
  return verdicts;
}

function judgeCameras({ scene, views, unnamed }: Run, { cameras }: Evaluation): Verdict[] {
  const { kept, wrong, rmsePercent } = cameras;
  const verdicts = [
    atMost("wrong cameras kept", wrong.length, 0, "", 0),
    atMost("photos left out without a word", unnamed.length, 0, "", 0),
  ];
  if (scene === "textured" && views === 48) {
    verdicts.push(atLeast("cameras kept", kept, 48, "", 0));
    verdicts.push(atMost("camera RMSE", rmsePercent, MAX_RMSE_PERCENT, "%", 3));
  }
  return verdicts;
}

function judgeModel({ cpuSeconds, memoryBytes }: Run, { surface, views }: Evaluation): Verdict[] {
  return [
    atLeast("accuracy within 1 %", surface?.accuracy?.within1, MIN_ACCURACY_PERCENT, "%", 1),
    atLeast("completeness within 1 %", surface?.completeness?.within1, MIN_COMPLETENESS_PERCENT, "%", 1),
    atMost("chamfer", surface?.chamferPercent, MAX_CHAMFER_PERCENT, "%", 3),
    atLeast("held-out PSNR", views?.psnrDb, MIN_PSNR_DB, "dB", 1),
    atMost("CPU", cpuSeconds, MAX_CPU_SECONDS, "s", 0),
    atMost("memory", memoryBytes / 1e9, MAX_MEMORY_BYTES / 1e9, "GB", 2),
  ];
}

/** What is not known is not met. */
export function atMost(
  figure: string,
  value: number | null | undefined,
  bound: number,
  unit: string,
  digits: number,
): Verdict {
  const isMet = typeof value === "number" && value <= bound;
  return { figure, found: show(value, unit, digits), bound: `≤ ${bound} ${unit}`.trim(), isMet };
}

function atLeast(
  figure: string,
  value: number | null | undefined,
  bound: number,
  unit: string,
  digits: number,
): Verdict {
  const isMet = typeof value === "number" && value >= bound;
  return { figure, found: show(value, unit, digits), bound: `≥ ${bound} ${unit}`.trim(), isMet };
}

/** A number for reading, `-` when it isn't known. */
export function show(value: number | null | undefined, unit = "", digits = 2): string {
  return typeof value === "number" ? `${value.toFixed(digits)} ${unit}`.trim() : "-";
}
