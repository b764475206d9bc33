/** The foot of the form: the one button that starts the job, what it is doing, and why it could not. */
import { Icon } from "../../components/icon.tsx";
import { Notice } from "../../components/notice.tsx";
import type { Submission } from "./use-submit.ts";

interface SubmitBarProps {
  readonly submission: Submission;
  /** Puts all parameters back to their defaults. */
  readonly onReset: () => void;
}

function buttonText(submission: Submission): string {
  if (submission.phase === "uploading") return `Uploading ${submission.percent} %`;
  return submission.phase === "submitting" ? "Starting…" : "Make it 3D";
}

export function SubmitBar({ submission, onReset }: SubmitBarProps) {
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
          {buttonText(submission)}
        </button>
        <button
          type="button"
          className="button-icon"
          onClick={onReset}
          aria-label="Reset all parameters"
          title="Reset all parameters"
        >
          <Icon name="reset" />
        </button>
      </div>
    </>
  );
}
