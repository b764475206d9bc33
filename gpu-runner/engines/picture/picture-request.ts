/** What the child of the picture engine is asked, by `kind`, and what each kind answers. Paths are absolute. */
import type { InspectRequest, InspectResult } from "./read/inspect.ts";

export type PictureRequest = { readonly kind: "inspect" } & InspectRequest;

export interface PictureResults {
  readonly inspect: InspectResult;
}
