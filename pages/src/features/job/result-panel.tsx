/** The panel of a finished job: its files, facts about the model, and the way to the next one. */
import type { ReactNode } from "react";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { formatMoment, formatSeconds } from "../../formatting.ts";
import { kindOf } from "../../kinds.ts";
import { composePath } from "../../route.ts";
import { CopySvg } from "../results/copy-svg.tsx";
import { LeftOutList } from "../results/left-out-list.tsx";
import { QualityAgain } from "../results/quality-again.tsx";
import { downloadsOf, resultFacts } from "../results/result-facts.ts";
import { Downloads } from "./downloads.tsx";
import { Making } from "./making.tsx";

interface ResultPanelProps {
  readonly job: Job;
  readonly type: JobTypeInfo | undefined;
  readonly title: string;
  readonly onChange: () => void;
  /** Submits a job that goes on from this one; null where that is not possible. */
  readonly onRerun: ((params: Record<string, unknown>) => Promise<void>) | null;
  /** Below everything else. */
  readonly children: ReactNode;
}

export function ResultPanel({ job, type, title, onChange, onRerun, children }: ResultPanelProps) {
  const { manifest } = job;
  if (!manifest) return null;
  const seconds = job.finishedAt === null ? null : (job.finishedAt - job.createdAt) / 1_000;
  const gone = job.purgedAt !== null;
  const foot = (
    <div className="panel-buttons">
      <button type="button" className="button-primary" onClick={onChange}>
        Change and run again
      </button>
      <Link className="button-quiet" href={composePath(job.type)}>
        New {kindOf(job.type)?.result ?? "job"}
      </Link>
    </div>
  );
  return (
    <PanelBody foot={foot}>
      <header className="panel-head">
        <p className="eyebrow">{title}</p>
        <h1>{gone ? "The files are gone" : `Ready${seconds === null ? "" : ` in ${formatSeconds(seconds)}`}`}</h1>
        <p className="facts">
          {resultFacts(job, manifest).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </header>
      {manifest.warnings.length > 0 ? (
        <Notice tone="info" title="Good to know">
          {manifest.warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </Notice>
      ) : null}
      {gone ? (
        <p>
          Files are kept for a limited time. These were removed {formatMoment(job.purgedAt ?? 0)}. Run the job once more
          to get them again.
        </p>
      ) : (
        <>
          {job.type === "image-to-svg" ? <CopySvg jobId={job.id} /> : null}
          <Downloads jobId={job.id} files={downloadsOf(manifest, type)} />
          {job.expiresAt === null ? null : <p className="quiet kept">Kept until {formatMoment(job.expiresAt)}.</p>}
        </>
      )}
      {job.type === "photogrammetry" ? <LeftOutList job={job} /> : null}
      {type && onRerun ? <QualityAgain job={job} type={type} onRerun={onRerun} /> : null}
      <Making manifest={manifest} stages={type?.stages ?? []} />
      {children}
    </PanelBody>
  );
}
