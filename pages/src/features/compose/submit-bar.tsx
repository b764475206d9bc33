/** The foot of the form: the one button that starts the job, what it is doing, and why it could not. */
import { Icon } from "../../components/icon.tsx";
import { Notice } from "../../components/notice.tsx";
import type { Submission } from "./use-submit.ts";

interface SubmitBarProps {
  readonly submission: Submission;
  /** What the button says. */
  readonly action: string;
  /** Puts all parameters back to their defaults. */
  readonly onReset: () => void;
  /** Stops sending files. */
  readonly onStop: () => void;
}

function buttonText(submission: Submission, action: string): string {
  if (submission.phase === "submitting") return "Starting…";
  if (submission.phase !== "uploading") return action;
  const { sentBytes, totalBytes, doneFiles, totalFiles } = submission.progress;
  // The last percent is the server's answer.
  const percent = Math.min(99, Math.floor((sentBytes / Math.max(1, totalBytes)) * 100));
  return `Uploading ${percent} %${totalFiles > 1 ? ` · ${doneFiles} of ${totalFiles}` : ""}`;
}

export function SubmitBar({ submission, action, onReset, onStop }: SubmitBarProps) {
  const busy = submission.phase === "uploading" || submission.phase === "submitting";
  return (
    <>
      {submission.phase === "failed" ? (
        <Notice tone="error" title={submission.failure.title}>
          {submission.failure.message}
        </Notice>
      ) : null}
      <div className="panel-buttons">
        <button type="submit" className="button-primary" aria-disabled={busy} data-busy={busy || undefined}>
          {buttonText(submission, action)}
        </button>
        {submission.phase === "uploading" ? (
          <button
            type="button"
            className="button-icon"
            onClick={onStop}
            aria-label="Stop uploading"
            title="Stop uploading"
          >
            <Icon name="cross" />
          </button>
        ) : (
          <button
            type="button"
            className="button-icon"
            onClick={onReset}
            aria-label="Reset all parameters"
            title="Reset all parameters"
          >
            <Icon name="reset" />
          </button>
        )}
      </div>
    </>
  );
}
