/** What the child of the picture engine is asked, by `kind`, and what each kind answers. Paths are absolute. */
import type { ComposeCutoutRequest, ComposeCutoutResult } from "./cutout/compose-cutout.ts";
import type { ContactSheetRequest } from "./cutout/contact-sheet.ts";
import type { DecodeCutoutRequest, DecodeCutoutResult } from "./cutout/raw-picture.ts";
import type { ZipRequest } from "./cutout/zip-files.ts";
import type { InspectRequest, InspectResult } from "./read/inspect.ts";
import type { UnpackRequest, UnpackResult } from "./read/unpack-zip.ts";
import type { FinishOutlineRequest, FinishOutlineResult } from "./trace/finish-outline.ts";
import type { DrawSvgRequest, MeasureSvgRequest, MeasureSvgResult } from "./trace/measure-svg.ts";
import type { ReadTracedRequest, ReadTracedResult } from "./trace/read-traced.ts";
import type { ThresholdRequest, ThresholdResult } from "./trace/threshold-picture.ts";
import type { TraceRequest, TraceResult } from "./trace/trace-picture.ts";

export type PictureRequest =
  | ({ readonly kind: "inspect" } & InspectRequest)
  | ({ readonly kind: "unpack" } & UnpackRequest)
  | ({ readonly kind: "decode-cutout" } & DecodeCutoutRequest)
  | ({ readonly kind: "compose-cutout" } & ComposeCutoutRequest)
  | ({ readonly kind: "contact-sheet" } & ContactSheetRequest)
  | ({ readonly kind: "zip" } & ZipRequest)
  | ({ readonly kind: "read-traced" } & ReadTracedRequest)
  | ({ readonly kind: "trace" } & TraceRequest)
  | ({ readonly kind: "threshold" } & ThresholdRequest)
  | ({ readonly kind: "finish-outline" } & FinishOutlineRequest)
  | ({ readonly kind: "measure-svg" } & MeasureSvgRequest)
  | ({ readonly kind: "draw-svg" } & DrawSvgRequest);

export interface PictureResults {
  readonly inspect: InspectResult;
  readonly unpack: UnpackResult;
  readonly "decode-cutout": DecodeCutoutResult;
  readonly "compose-cutout": ComposeCutoutResult;
  readonly "contact-sheet": { readonly width: number; readonly height: number };
  readonly zip: { readonly bytes: number };
  readonly "read-traced": ReadTracedResult;
  readonly trace: TraceResult;
  readonly threshold: ThresholdResult;
  readonly "finish-outline": FinishOutlineResult;
  readonly "measure-svg": MeasureSvgResult;
  readonly "draw-svg": object;
}
