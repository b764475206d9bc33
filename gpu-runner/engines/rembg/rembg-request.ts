/** What a child of the rembg engine is asked and what it answers (python/rembg_worker.py). Paths are absolute. */

/** How the rim of the mask is treated; `hard` is rembg's own post-processing. */
export type MaskEdges = "as-is" | "hard" | "smooth" | "clean";

/** rembg's alpha matting: levels of the mask (0–255) that are sure, and how far into them the rim is unsure. */
export interface Matting {
  readonly foreground: number;
  readonly background: number;
  readonly erodePx: number;
}

export interface CutOutRequest {
  readonly model: string;
  /** width × height × 3 bytes, RGB, rows from the top. */
  readonly rgbPath: string;
  readonly width: number;
  readonly height: number;
  readonly edges: MaskEdges;
  readonly matting: Matting | null;
  /** Will hold width × height bytes, 255 is the subject. */
  readonly maskPath: string;
  /** Will hold width × height × 3 bytes when the colours of the rim were estimated. */
  readonly foregroundPath: string;
}

/** Raw frames one after the other: width × height × 3 bytes each in `framesPath`, width × height each in `masksPath`. */
export interface MaskFramesRequest {
  readonly model: string;
  readonly framesPath: string;
  readonly masksPath: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

/** What did the work: for the manifest. */
export interface RembgFacts {
  /** e.g. `rembg 2.0.86, onnxruntime 1.31.1`. */
  readonly version: string;
  /** `CPU` or `CUDA`. */
  readonly provider: string;
}

export interface CutOutResult extends RembgFacts {
  readonly hasForeground: boolean;
  /** What the user may want to know: `matting-failed` (the mask is as without), `matting-smaller` (solved on a smaller copy). */
  readonly notes: readonly ("matting-failed" | "matting-smaller")[];
}
