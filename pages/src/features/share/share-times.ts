/** How long a link to a job works. */
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
