/** Request `inspect`: what a picture file holds, from its header alone. Refuses what no step may decode. */
import { type PictureHeader, readHeader } from "./read-header.ts";

export interface InspectRequest {
  readonly path: string;
  /** What the user called the file, for messages. */
  readonly filename: string;
}

export type InspectResult = PictureHeader;

export function inspect({ path, filename }: InspectRequest): Promise<InspectResult> {
  return readHeader(path, filename);
}
