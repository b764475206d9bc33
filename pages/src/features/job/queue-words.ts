/** Why a queued job does not start yet, in words. Pure. */
import type { QueuePlace } from "#contract/job.ts";
import { formatAbout } from "../../formatting.ts";

/** `able`: whether a runner is connected that does such jobs. Null where there is nothing to say. */
export function queueWords(queue: QueuePlace | null, able: boolean): string | null {
  if (queue?.paused) return "Kiln is paused. Your job keeps its place and starts when work goes on.";
  if (!able) return "No runner is connected. The job starts as soon as one is.";
  if (!queue || queue.position === null) return null;
  const place = queue.position === 1 ? "Next in line" : `Number ${queue.position} in line`;
  return queue.startsInS === null ? `${place}.` : `${place}: starts in ${formatAbout(queue.startsInS)}.`;
}
