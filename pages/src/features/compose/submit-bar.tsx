/** The foot of the form: the button that starts the job, what it is doing, and why it could not. */
import { accountKey } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { useMayWrite } from "../account/may-write.tsx";
import { UploadStatus } from "./upload-status.tsx";
import type { Submission } from "./use-submit.ts";

interface SubmitBarProps {
  readonly submission: Submission;
  /** What the button says. */
  readonly action: string;
  /** Another way to start, and what its button says. */
  readonly other?: { readonly action: string; readonly onStart: () => void };
  /** Puts all parameters back to their defaults. */
  readonly onReset: () => void;
  /** Stops sending files. */
  readonly onStop: () => void;
  /** Sends what could not be sent once more. */
  readonly onAgain: () => void;
  /** Starts without the files that could not be sent; null where too few would be left. */
  readonly onWithout: (() => void) | null;
}

function buttonText(submission: Submission, action: string): string {
  if (submission.phase === "submitting") return "Starting…";
  if (submission.phase !== "uploading") return action;
  const { sentBytes, totalBytes } = submission.progress;
  // The last percent is the server's answer.
  const percent = Math.min(99, Math.floor((sentBytes / Math.max(1, totalBytes)) * 100));
  return `Uploading ${percent} %`;
}

export function SubmitBar({ submission, action, other, onReset, onStop, onAgain, onWithout }: SubmitBarProps) {
  const busy = submission.phase === "uploading" || submission.phase === "submitting";
  if (!useMayWrite()) {
    return (
      <Notice tone="info" title="Your key is for reading" actions={<Link href="/account">Use another key</Link>}>
        It shows what your account has made, and can't make anything.
      </Notice>
    );
  }
  return (
    <>
      {submission.phase === "failed" ? (
        <Notice
          tone="error"
          title={submission.failure.title}
          actions={
            submission.unsent.length > 0 ? (
              <>
                <button type="button" onClick={onAgain}>
                  Send again
                </button>
                {onWithout ? (
                  <button type="button" onClick={onWithout}>
                    Go on without {submission.unsent.length === 1 ? "it" : "them"}
                  </button>
                ) : null}
              </>
            ) : submission.failure.code === "rate_limited" ? (
              <>
                <button type="button" onClick={onAgain}>
                  Send again
                </button>
                {accountKey === null ? <Link href="/account">Use an API key</Link> : null}
              </>
            ) : null
          }
        >
          {submission.failure.message}
        </Notice>
      ) : null}
      {submission.phase === "uploading" ? <UploadStatus {...submission} /> : null}
      <div className="panel-buttons">
        <button type="submit" className="button-primary" aria-disabled={busy} data-busy={busy || undefined}>
          {buttonText(submission, action)}
        </button>
        {other && !busy ? (
          <button type="button" className="button-quiet button-other" onClick={other.onStart}>
            {other.action}
          </button>
        ) : null}
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
