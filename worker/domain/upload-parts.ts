/**
 * Which parts an upload takes. Of one that Kiln has planned, number and size follow from the plan. In S3's protocol the
 * client tells neither the file's size nor the parts': they show themselves, and must fit each other. R2 wants all parts
 * but the last equal, of 5 MiB or more, and says so only when they are joined; here a part that can't fit is refused at once.
 */
import { MAX_UPLOAD_PARTS, MIN_PART_BYTES } from "#contract/limits.ts";
import { partSize, type UploadPlan } from "./upload-plan.ts";

/** What is known of an upload whose sender chooses the parts. */
export interface OpenUpload {
  /** The file may have so many bytes. */
  readonly maxBytes: number;
  /** What the sender has told of its size; null = nothing. */
  readonly announcedBytes: number | null;
}

/** A part's place and size. */
export interface PartSize {
  readonly partNumber: number;
  readonly bytes: number;
}

/** Why a part is not taken. `detail` is a sentence for the sender. */
export interface PartRefusal {
  readonly reason: "too_large" | "part_unfit";
  readonly detail: string;
}

const unfit = (detail: string): PartRefusal => ({ reason: "part_unfit", detail });
const tooLarge = (detail: string): PartRefusal => ({ reason: "too_large", detail });

/** Why a planned upload can't take the part, or null. */
export function refusePlannedPart(plan: UploadPlan, totalBytes: number, part: PartSize): PartRefusal | null {
  const bytes = partSize(plan, totalBytes, part.partNumber);
  if (bytes === null) return unfit(`There is no part ${part.partNumber}: the upload has ${plan.partCount}.`);
  if (part.bytes === bytes) return null;
  const detail = `Part ${part.partNumber} has exactly ${bytes} bytes, ${part.bytes} were sent.`;
  return part.bytes > bytes ? tooLarge(detail) : unfit(detail);
}

/** Why a part does not fit to the others that are there, or null. The same number again replaces the one before. */
export function refuseOpenPart(
  { maxBytes, announcedBytes }: OpenUpload,
  parts: readonly PartSize[],
  part: PartSize,
): PartRefusal | null {
  const { partNumber, bytes } = part;
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_UPLOAD_PARTS)
    return unfit(`Parts have the numbers 1 to ${MAX_UPLOAD_PARTS}; this one has ${partNumber}.`);
  if (bytes < 1) return unfit("The part is empty.");
  const others = parts.filter((other) => other.partNumber !== partNumber);
  const totalBytes = sumOf(others) + bytes;
  if (announcedBytes !== null && totalBytes > announcedBytes)
    return tooLarge(`A file of ${announcedBytes} bytes was announced; with this part it would have ${totalBytes}.`);
  if (totalBytes > maxBytes)
    return tooLarge(`With this part the file would have ${totalBytes} bytes; it may have ${maxBytes}.`);
  return misfit([...others, part], part);
}

/** Why the whole can't become a file with this part in it, whatever else may come. */
function misfit(parts: readonly PartSize[], part: PartSize): PartRefusal | null {
  const last = Math.max(...parts.map(({ partNumber }) => partNumber));
  const inner = parts.filter(({ partNumber }) => partNumber !== last);
  const full = inner.find(({ partNumber }) => partNumber !== part.partNumber) ?? inner[0];
  const end = parts.find(({ partNumber }) => partNumber === last) as PartSize;
  if (!full) return null;
  if (inner.some(({ bytes }) => bytes !== full.bytes) || end.bytes > full.bytes)
    return unfit(
      `All parts but the last must have the same size and the last may be smaller. This one has ${part.bytes} bytes, part ${full.partNumber} has ${full.bytes}.`,
    );
  if (full.bytes < MIN_PART_BYTES)
    return unfit(`Only the last part may have fewer than ${MIN_PART_BYTES} bytes; part ${full.partNumber} has fewer.`);
  return null;
}

/** The plan that the parts which are there amount to. */
export function planOfParts(mode: UploadPlan["mode"], parts: readonly PartSize[]): UploadPlan & { bytes: number } {
  const partBytes = Math.max(0, ...parts.map(({ bytes }) => bytes));
  const partCount = Math.max(0, ...parts.map(({ partNumber }) => partNumber));
  return { mode, partBytes, partCount, bytes: sumOf(parts) };
}

function sumOf(parts: readonly PartSize[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
