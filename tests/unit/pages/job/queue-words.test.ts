/** Why a queued job does not start, in words. */
import { expect, test } from "vitest";
import type { QueuePlace } from "#contract/job.ts";
import { queueWords } from "../../../../pages/src/features/job/queue-words.ts";

const place = (change: Partial<QueuePlace>): QueuePlace => ({
  position: 1,
  startsInS: null,
  etaS: null,
  paused: false,
  ...change,
});

test.each<[QueuePlace | null, boolean, string | null]>([
  [place({ startsInS: 18 }), true, "Next in line: starts in about 20 s."],
  [place({ position: 12, startsInS: 200 }), true, "Number 12 in line: starts in about 3 min."],
  [place({ position: 2 }), true, "Number 2 in line."],
  [place({ position: null }), true, null],
  [null, true, null],
  [null, false, "No runner is connected. The job starts as soon as one is."],
  [place({}), false, "No runner is connected. The job starts as soon as one is."],
  [place({ paused: true }), false, "Kiln is paused. Your job keeps its place and starts when work goes on."],
])("%j, a runner that is able: %j", (queue, able, words) => {
  expect(queueWords(queue, able)).toBe(words);
});
