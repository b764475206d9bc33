/** A job that somebody shares, read only, at `/s/<token>`. */
import { useMemo } from "react";
import { FINAL_STATES } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { PROBLEMS } from "#contract/problem.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { SharedJob } from "#contract/share.ts";
import { ArtifactsProvider, sharedArtifacts } from "../../api/artifacts.ts";
import type { Failure } from "../../api/failure.ts";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { formatMoment } from "../../formatting.ts";
import { kindOf } from "../../kinds.ts";
import { composePath } from "../../route.ts";
import { jobTitle } from "../history/job-labels.ts";
import { Downloads } from "../job/downloads.tsx";
import { Making } from "../job/making.tsx";
import { STATE_WORDS } from "../job/state-words.ts";
import { CopySvg } from "../results/copy-svg.tsx";
import { LeftOutList } from "../results/left-out-list.tsx";
import { downloadsOf, resultFacts } from "../results/result-facts.ts";
import { ResultStage } from "../results/result-stage.tsx";
import type { ShownJob } from "../results/shown-job.ts";
import { useSharedJob } from "./use-shared-job.ts";

interface SharedPageProps {
  readonly token: string;
  readonly types: readonly JobTypeInfo[];
}

export function SharedPage({ token, types }: SharedPageProps) {
  const { job, failure, again } = useSharedJob(token);
  const artifacts = useMemo(() => sharedArtifacts(token), [token]);
  const type = types.find(({ name }) => name === job?.type);
  const shown: ShownJob | null = job ? { ...job, inputs: [] } : null;
  const title = shown ? jobTitle(shown, type) : "Shared";
  usePageTitle(failure ? "Link" : title);
  if (failure) return <Ended failure={failure} onAgain={again} />;
  const ready = job?.state === "succeeded" && job.manifest !== null;
  return (
    <ArtifactsProvider value={artifacts}>
      <main className="bench" id="main" tabIndex={-1}>
        {shown && ready ? (
          <ResultStage job={shown} title={title} inputs={[]} />
        ) : (
          <div className="stage" aria-busy={job === null || !FINAL_STATES.has(job.state)}>
            <div className="arch" data-firing={job?.state === "running" || undefined} />
          </div>
        )}
        <section className="panel" aria-label={title}>
          {job && shown ? <SharedPanel job={job} shown={shown} type={type} title={title} /> : null}
        </section>
      </main>
    </ArtifactsProvider>
  );
}

interface SharedPanelProps {
  readonly job: SharedJob;
  readonly shown: ShownJob;
  readonly type: JobTypeInfo | undefined;
  readonly title: string;
}

function SharedPanel({ job, shown, type, title }: SharedPanelProps) {
  const { manifest } = job;
  const foot = (
    <div className="panel-buttons">
      <Link className="button-primary" href={composePath(job.type)}>
        Make one of your own
      </Link>
    </div>
  );
  return (
    <PanelBody foot={foot}>
      <header className="panel-head">
        <p className="eyebrow">Shared with you</p>
        <h1>{title}</h1>
        {manifest ? (
          <p className="facts">
            {resultFacts(shown, manifest).map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </p>
        ) : (
          <p role="status">{stateText(job, type)}</p>
        )}
      </header>
      {manifest && job.purgedAt === null ? <SharedFiles shown={shown} manifest={manifest} type={type} /> : null}
      {job.purgedAt === null ? null : (
        <p>
          Its files are no longer kept: they were removed {formatMoment(job.purgedAt)}. How it was made is still known.
        </p>
      )}
      <p className="quiet">{untilText(job)}</p>
      {job.type === "photogrammetry" && manifest ? <LeftOutList job={shown} /> : null}
      {manifest ? <Making manifest={manifest} stages={type?.stages ?? []} /> : null}
    </PanelBody>
  );
}

function SharedFiles({
  shown,
  manifest,
  type,
}: {
  shown: ShownJob;
  manifest: Manifest;
  type: JobTypeInfo | undefined;
}) {
  return (
    <>
      {shown.type === "image-to-svg" ? <CopySvg /> : null}
      <Downloads files={downloadsOf(manifest, type)} />
    </>
  );
}

/** What became of a job without a result, or where it is. */
function stateText({ state, error, type: name, progress }: SharedJob, type: JobTypeInfo | undefined): string {
  if (state === "failed" && error) return `${PROBLEMS[error.code].title}. It has no result.`;
  if (FINAL_STATES.has(state)) return `${STATE_WORDS[state]}. It has no result.`;
  const stage = type?.stages.find(({ name }) => name === progress?.stage)?.title;
  return `The ${kindOf(name)?.result ?? "result"} is being made${stage ? `: ${stage.toLowerCase()}` : ""}. This page shows it when it is there.`;
}

/** How long the link works, and its files are there where they go before. */
function untilText({ sharedUntil, expiresAt, purgedAt, manifest }: SharedJob): string {
  const link = `This link works until ${formatMoment(sharedUntil)}.`;
  if (!manifest || purgedAt !== null || expiresAt === null || expiresAt >= sharedUntil) return link;
  return `The files go on ${formatMoment(expiresAt)}. ${link}`;
}

/** The link shows nothing: its time is over, its owner has ended it, or it was not copied whole. */
function Ended({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const ended = failure.code === "gone";
  const broken = failure.code === "share_not_found";
  const title = ended ? "This link no longer works" : broken ? "There is no such link" : failure.title;
  return (
    <main className="bench bench-single" id="main" tabIndex={-1}>
      <Notice
        alone
        tone={ended || broken ? "info" : "error"}
        title={title}
        actions={
          <>
            {failure.retryable ? (
              <button type="button" onClick={onAgain}>
                Try again
              </button>
            ) : null}
            <Link href="/">Make something</Link>
          </>
        }
      >
        {ended ? "Its time is over, or whoever made it has ended it. Ask them for a new one." : failure.message}
      </Notice>
    </main>
  );
}
