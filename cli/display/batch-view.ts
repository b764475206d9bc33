/** Shows several jobs as they go, on one progress line; at the end their files. */

import type { RunRequest } from "../arguments/run-request.ts";
import type { BatchResult, RunBatchObserver } from "../jobs/run-batch.ts";
import { fileList } from "./job-view.ts";
import type { ProgressLine } from "./progress-line.ts";

/** An observer that draws on `line`: of one chain the step that is at work, of many files how many are done. */
export function showBatch(line: ProgressLine, { steps, chains }: RunRequest): RunBatchObserver {
  const single = chains.length === 1;
  const size = chains.length * steps.length;
  return {
    onUpload: (what, sent, total) => line.update(`Uploading ${what}`, sent / total),
    onCreated: () => line.update("Waiting for a runner", null),
    onEvent: ({ kind, data }) => {
      const share = data.percent / 100;
      if (!single) {
        const { succeeded, failed, canceled, expired } = data.counts;
        line.update(`${succeeded + failed + canceled + expired} of ${size} jobs are done`, share);
      } else if (kind === "job" && data.job.state === "running") {
        const { number } = data.job;
        line.update(`${steps[number - 1]?.type.title} (${number} of ${steps.length})`, share);
      }
    },
    onDownload: (name, index, count) => line.update(`Downloading ${name}`, index / count),
  };
}

/** One line per file of all jobs. */
export function summaryOf({ saved }: BatchResult): string {
  const files = saved.flatMap((job) => job.files);
  return files.length === 0 ? "" : fileList(files);
}
