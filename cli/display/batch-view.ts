/** Shows several jobs as they go, on one progress line and a row for each that is at work; at the end their files. */
import type { BatchResult, RunBatchObserver, RunBatchRequest } from "../jobs/run-batch.ts";
import { downloadView, fileList, uploadView } from "./job-view.ts";
import type { ProgressLine, ProgressRow } from "./progress-line.ts";

/** An observer that draws on `line`: of one chain the step that is at work, of many files how many are done. */
export function showBatch(
  line: ProgressLine,
  { steps, chains }: Pick<RunBatchRequest, "steps" | "chains">,
): RunBatchObserver {
  const single = chains.length === 1;
  const size = chains.length * steps.length;
  const rows = new Map<number, ProgressRow>();
  let download = downloadView(line);
  return {
    onUpload: uploadView(line),
    onCreated: () => line.update("Waiting for a runner", null),
    onEvent: ({ kind, data }) => {
      const share = data.percent / 100;
      if (kind === "job" && data.job.state === "running") {
        const { number, key, percent } = data.job;
        const step = steps[(number - 1) % steps.length];
        if (single) return line.update(`${step?.type.title} (${number} of ${steps.length})`, share);
        rows.set(number, { label: key ?? `job ${number}`, fraction: percent / 100 });
      } else if (kind === "job") rows.delete(data.job.number);
      if (single) return;
      const { succeeded, failed, canceled, expired } = data.counts;
      const ended = succeeded + failed + canceled + expired;
      line.update(`${ended} of ${size} jobs are done`, share, [...rows.values()]);
    },
    onDownload: (progress) => {
      // Each job is a transfer of its own.
      if (progress.receivedBytes === 0) download = downloadView(line);
      download(progress);
    },
  };
}

/** One line per file of all jobs. */
export function summaryOf({ saved }: BatchResult): string {
  const files = saved.flatMap((job) => job.files);
  return files.length === 0 ? "" : fileList(files);
}
