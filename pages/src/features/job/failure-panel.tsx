/** The panel of a job that ended without a result: why, and what can be done about it. */
import { type ReactNode, useState } from "react";
import type { Job } from "#contract/job.ts";
import { PROBLEMS } from "#contract/problem.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { Icon } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { kindOf } from "../../kinds.ts";
import { jobPath } from "../../route.ts";
import { ForWriters } from "../account/may-write.tsx";
import { PhotoTips } from "../compose/photo-tips.tsx";
import { sourcesOf } from "./job-relations.tsx";

/** Failures that only other photos help against. */
const PHOTO_CODES: ReadonlySet<string> = new Set(["photos_unusable", "cameras_unreliable"]);

interface FailurePanelProps {
  readonly job: Job;
  readonly title: string;
  readonly onChange: () => void;
  readonly onRepeat: () => Promise<void>;
  /** Below the message. */
  readonly children: ReactNode;
}

function describe(job: Job): { headline: string; message: string } {
  if (job.state === "canceled")
    return { headline: "Canceled", message: "The work was stopped. Nothing was kept of it." };
  if (job.state === "expired") {
    return {
      headline: "Not started in time",
      message: "No runner was free before the job's time ran out. Run it again.",
    };
  }
  if (job.error?.code === "dependency_failed") {
    return { headline: "What it is made of is missing", message: job.error.message };
  }
  const fallback = "The job failed without a reason. Run it again.";
  return {
    headline: job.error ? PROBLEMS[job.error.code].title : "It failed",
    message: job.error?.message ?? fallback,
  };
}

export function FailurePanel({ job, title, onChange, onRepeat, children }: FailurePanelProps) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const { headline, message } = describe(job);
  const tries = job.attempts.length;
  const repeat = () => {
    setFailure(null);
    onRepeat().catch((error) => setFailure(toFailure(error)));
  };
  const photos = kindOf(job.type)?.photos;
  const source = job.error?.code === "dependency_failed" ? (job.error.job ?? sourcesOf(job)[0]) : undefined;
  const needsPhotos = photos !== undefined && job.error !== null && PHOTO_CODES.has(job.error.code);
  const foot = (
    <>
      {failure ? (
        <Notice tone="error" title={failure.title}>
          {failure.message}
        </Notice>
      ) : null}
      <div className="panel-buttons">
        {source ? (
          <Link className="button-primary" href={jobPath(source)}>
            See what went wrong there
          </Link>
        ) : (
          <ForWriters>
            <button type="button" className="button-primary" onClick={onChange}>
              {needsPhotos ? "Add photos" : "Change and run again"}
            </button>
          </ForWriters>
        )}
        {needsPhotos ? (
          job.rerunOf === null ? null : (
            <Link className="button-quiet" href={jobPath(job.rerunOf)}>
              Look at the photos
            </Link>
          )
        ) : source ? null : (
          <ForWriters>
            <button type="button" className="button-quiet" onClick={repeat}>
              Run again
            </button>
          </ForWriters>
        )}
      </div>
    </>
  );
  return (
    <PanelBody foot={foot}>
      <header className="panel-head" data-tone={job.state === "failed" ? "error" : undefined}>
        <p className="eyebrow">
          {job.state === "failed" ? <Icon name="alert" /> : null}
          {title}
        </p>
        <h1>{headline}</h1>
        <p role="alert" data-advice={needsPhotos || undefined}>
          {message}
        </p>
        {tries > 1 ? <p className="quiet">{tries} tries were made.</p> : null}
      </header>
      {photos && needsPhotos ? <PhotoTips tips={photos.tips} open /> : null}
      {children}
    </PanelBody>
  );
}
