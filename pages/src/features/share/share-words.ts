/** Links to a job, in words. Pure. */
import type { Choice } from "../../components/segmented.tsx";

const DAY_S = 24 * 3600;

/** How long a link may work, by its seconds. */
export const TIMES: readonly Choice[] = [
  { value: String(DAY_S), label: "1 day" },
  { value: String(7 * DAY_S), label: "7 days" },
  { value: String(30 * DAY_S), label: "30 days" },
  { value: String(365 * DAY_S), label: "1 year" },
];
export const DEFAULT_TIME = String(7 * DAY_S);

/** Who sees the job; `links`: how many work, null while that is not known. */
export function seenBy(links: number | null): string {
  if (links === null || links === 0) return "Nobody but you sees this.";
  return `Whoever has ${links === 1 ? "the link" : `one of ${links} links`} sees this.`;
}
