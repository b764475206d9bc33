/** What the child of the picture engine is asked, by `kind`, and what each kind answers. Paths are absolute. */
import type { InspectRequest, InspectResult } from "./read/inspect.ts";
import type { UnpackRequest, UnpackResult } from "./read/unpack-zip.ts";

export type PictureRequest =
  | ({ readonly kind: "inspect" } & InspectRequest)
  | ({ readonly kind: "unpack" } & UnpackRequest);

export interface PictureResults {
  readonly inspect: InspectResult;
  readonly unpack: UnpackResult;
}
