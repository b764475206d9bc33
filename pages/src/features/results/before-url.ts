/** Where the picture comes from that a result is compared with. */
import type { Artifacts } from "../../api/artifacts.ts";
import type { DraftInput } from "../compose/draft.ts";
import { objectUrl } from "../inputs/object-url.ts";

/** Types every browser shows as the runner reads them: of an animated one the browser would play all frames. */
const SHOWN_ALIKE = new Set(["image/png", "image/jpeg", "image/bmp"]);

/** The file itself where it is at hand and can be shown, because it is the sharpest; else the artifact of that name. */
export function beforeUrl(artifacts: Artifacts, input: DraftInput | null, artifact: string): string {
  if (input?.file && SHOWN_ALIKE.has(input.type)) return objectUrl(input.file);
  return artifacts.url(artifact);
}
