/** What the child of the picture engine is asked, by `kind`, and what each kind answers. Paths are absolute. */
import type { ComposeCutoutRequest, ComposeCutoutResult } from "./cutout/compose-cutout.ts";
import type { ContactSheetRequest } from "./cutout/contact-sheet.ts";
import type { DecodeCutoutRequest, DecodeCutoutResult } from "./cutout/raw-picture.ts";
import type { ZipRequest } from "./cutout/zip-files.ts";
import type { InspectRequest, InspectResult } from "./read/inspect.ts";
import type { UnpackRequest, UnpackResult } from "./read/unpack-zip.ts";

export type PictureRequest =
  | ({ readonly kind: "inspect" } & InspectRequest)
  | ({ readonly kind: "unpack" } & UnpackRequest)
  | ({ readonly kind: "decode-cutout" } & DecodeCutoutRequest)
  | ({ readonly kind: "compose-cutout" } & ComposeCutoutRequest)
  | ({ readonly kind: "contact-sheet" } & ContactSheetRequest)
  | ({ readonly kind: "zip" } & ZipRequest);

export interface PictureResults {
  readonly inspect: InspectResult;
  readonly unpack: UnpackResult;
  readonly "decode-cutout": DecodeCutoutResult;
  readonly "compose-cutout": ComposeCutoutResult;
  readonly "contact-sheet": { readonly width: number; readonly height: number };
  readonly zip: { readonly bytes: number };
}
