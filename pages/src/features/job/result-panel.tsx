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
import { ForWriters } from "../account/may-write.tsx";
import type { Onward } from "../onward/onward.ts";
import { OnwardList } from "../onward/onward-list.tsx";
import { CopySvg } from "../results/copy-svg.tsx";
import { LeftOutList } from "../results/left-out-list.tsx";
import { QualityAgain } from "../results/quality-again.tsx";
import { downloadsOf, resultFacts } from "../results/result-facts.ts";
import { ShareRow } from "../share/share-row.tsx";
import { VersionList } from "../versions/version-list.tsx";
import { CachedNote } from "./cached-note.tsx";
import { Downloads } from "./downloads.tsx";
import { KeepRow } from "./keep-row.tsx";
import { Making } from "./making.tsx";

interface ResultPanelProps {
  readonly job: Job;
  readonly type: JobTypeInfo | undefined;
  readonly title: string;
  readonly onChange: () => void;
  /** Submits a job that goes on from this one; null where that is not possible. */
  readonly onRerun: ((params: Record<string, unknown>) => Promise<void>) | null;
  /** Has the job done once more though its result is there. */
  readonly onAgain: () => Promise<void>;
  /** The job has changed. */
  readonly onJob: (job: Job) => void;
  /** What can be made of the result. */
  readonly ways: readonly Onward[];
  readonly onWay: (way: Onward) => void;
  /** Below everything else. */
  readonly children: ReactNode;
}

export function ResultPanel(props: ResultPanelProps) {
  const { job, type, title, onChange, onRerun, onAgain, onJob, ways, onWay, children } = props;
  const { manifest } = job;
  if (!manifest) return null;
  const gone = job.purgedAt !== null;
  const foot = (
    <ForWriters>
      <div className="panel-buttons">
        <button type="button" className="button-primary" onClick={onChange}>
          {gone && job.inputs.length > 0 ? "Upload again" : "Change and run again"}
        </button>
        <Link className="button-quiet" href={composePath(job.type)}>
          New {kindOf(job.type)?.result ?? "job"}
        </Link>
      </div>
    </ForWriters>
  );
  return (
    <PanelBody foot={foot}>
      <header className="panel-head">
        <p className="eyebrow">{title}</p>
        <h1>{gone ? "The files are gone" : readyText(job)}</h1>
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
          Files are kept for a limited time. These, and {job.inputs.length > 1 ? "those" : "the one"} they were made of,
          were removed {formatMoment(job.purgedAt ?? 0)}. {job.inputs.length > 0 ? "Upload again" : "Run it again"} to
          get the same: the parameters are kept.
        </p>
      ) : (
        <>
          {job.type === "image-to-svg" ? <CopySvg /> : null}
          {job.cached ? <CachedNote onAgain={onAgain} /> : null}
          <Downloads files={downloadsOf(manifest, type)} />
          <KeepRow job={job} onJob={onJob} />
          <ForWriters>
            <ShareRow jobId={job.id} kept={job.pinned} />
          </ForWriters>
          <OnwardList ways={ways} early={false} onWay={onWay} />
        </>
      )}
      <VersionList job={job} type={type} />
      {job.type === "photogrammetry" ? <LeftOutList job={job} /> : null}
      {type && onRerun ? (
        <ForWriters>
          <QualityAgain job={job} type={type} onRerun={onRerun} />
        </ForWriters>
      ) : null}
      <Making manifest={manifest} stages={type?.stages ?? []} />
      {children}
    </PanelBody>
  );
}

/** "Ready in 4 s": from the submission, or from when the file that it waited for was there. */
function readyText({ cached, createdAt, startedAt, finishedAt, inputs }: Job): string {
  if (cached || finishedAt === null) return "Ready";
  const waited = inputs.some(({ job }) => job !== null);
  return `Ready in ${formatSeconds((finishedAt - (waited ? (startedAt ?? createdAt) : createdAt)) / 1_000)}`;
}
