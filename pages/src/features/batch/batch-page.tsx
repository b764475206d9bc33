/** One batch: its jobs in small, how the whole stands, and everything as one archive. Its address can be shared. */
import type { Batch } from "#contract/batch.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Failure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { localStore } from "../../api/storage.ts";
import { AwayNotice } from "../../components/away-notice.tsx";
import { Icon } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { formatSeconds } from "../../formatting.ts";
import { kindOf } from "../../kinds.ts";
import { composePath, jobPath } from "../../route.ts";
import { useMayWrite } from "../account/may-write.tsx";
import { readLabels } from "../history/job-labels.ts";
import { BatchGrid } from "./batch-grid.tsx";
import { type BatchView, batchHeadline, countTexts, failedJobs } from "./batch-view.ts";
import { useBatch } from "./use-batch.ts";

interface BatchPageProps {
  readonly id: string;
  readonly types: readonly JobTypeInfo[];
  readonly onFinal: () => void;
}

export function BatchPage({ id, types, onFinal }: BatchPageProps) {
  const { view, failure, away, cancel, retry, again } = useBatch(id, onFinal);
  usePageTitle(view ? `${batchHeadline(view.batch)} · Batch` : "Batch");
  if (!view) {
    return (
      <main className="bench" id="main" tabIndex={-1}>
        <div className="stage" aria-busy={!failure}>
          <div className="arch" />
        </div>
        <section className="panel" aria-label="Batch">
          <PanelBody>
            {failure ? <Trouble failure={failure} onAgain={again} /> : <p className="quiet">Opening the batch…</p>}
          </PanelBody>
        </section>
      </main>
    );
  }
  const labels = readLabels(localStore());
  const titleOf = ({ id: job, key, type }: BatchView["jobs"][number]) =>
    labels.get(job)?.title ?? key ?? types.find(({ name }) => name === type)?.title ?? type;
  return (
    <main className="bench" id="main" tabIndex={-1}>
      <p className="visually-hidden" role="status">
        {batchHeadline(view.batch)}
      </p>
      <BatchGrid jobs={view.jobs} titleOf={titleOf} />
      <section className="panel" aria-label="Batch">
        <PanelBody foot={<BatchFoot view={view} onCancel={cancel} onRetry={retry} />}>
          <BatchProgress view={view} types={types} />
          <Failures view={view} titleOf={titleOf} />
          {away ? <AwayNotice /> : null}
          {failure ? <Trouble failure={failure} onAgain={again} /> : null}
        </PanelBody>
      </section>
    </main>
  );
}

function BatchProgress({ view: { batch, jobs }, types }: { view: BatchView; types: readonly JobTypeInfo[] }) {
  const names = [...new Set(jobs.map(({ type }) => types.find(({ name }) => name === type)?.title ?? type))];
  const percent = Math.floor(batch.percent);
  return (
    <>
      <header className="panel-head">
        <p className="eyebrow">
          Batch of {batch.size} · {names.join(", ")}
        </p>
        <h1>{batchHeadline(batch)}</h1>
        <p className="facts">
          {factsOf(batch).map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
      </header>
      {batch.state === "working" ? (
        <div className="progress">
          <p className="percent" aria-hidden="true">
            {percent} %
          </p>
          <div
            className="bar"
            role="progressbar"
            aria-label="Progress of the batch"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            aria-valuetext={batchHeadline(batch)}
          >
            <div className="bar-fill" style={{ width: `${batch.percent}%` }} />
          </div>
        </div>
      ) : null}
    </>
  );
}

/** How many are in which state, where they are in several; how long all took. */
function factsOf({ counts, createdAt, finishedAt }: Batch): string[] {
  const texts = countTexts(counts);
  const took = finishedAt === null ? [] : [`In ${formatSeconds((finishedAt - createdAt) / 1_000)}`];
  return [...(texts.length > 1 ? texts : []), ...took];
}

interface FailuresProps {
  readonly view: BatchView;
  readonly titleOf: (job: BatchView["jobs"][number]) => string;
}

/** What failed, and why. */
function Failures({ view, titleOf }: FailuresProps) {
  // What only lacks another one's file is told there.
  const failed = failedJobs(view.jobs).filter(({ error }) => error?.code !== "dependency_failed");
  if (failed.length === 0) return null;
  return (
    <section className="batch-failures" aria-labelledby="failures-title">
      <h2 id="failures-title">What went wrong</h2>
      <ul>
        {failed.map((job) => (
          <li key={job.id}>
            <Link href={jobPath(job.id)}>{titleOf(job)}</Link>
            <span>{job.error?.message ?? "It was not started in time."}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface BatchFootProps {
  readonly view: BatchView;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
}

function BatchFoot({ view: { batch, jobs }, onCancel, onRetry }: BatchFootProps) {
  const mayWrite = useMayWrite();
  const ready = batch.counts.succeeded;
  const working = batch.state === "working";
  const type = jobs[0]?.type ?? "";
  return (
    <div className="panel-buttons">
      {ready > 0 ? (
        <a className="button-primary" href={kiln.batchArchiveUrl(batch.id)} download={`${batch.id}.zip`}>
          <Icon name="download" />
          {ready === batch.size ? "Download all" : `Download ${ready}${working ? " so far" : ""}`}
        </a>
      ) : null}
      {working && mayWrite ? (
        <button
          type="button"
          className="button-quiet"
          onClick={onCancel}
          aria-disabled={batch.cancelRequestedAt !== null}
        >
          {batch.cancelRequestedAt === null ? "Cancel all" : "Canceling…"}
        </button>
      ) : null}
      {!working && mayWrite && failedJobs(jobs).length > 0 ? (
        <button type="button" className="button-quiet" onClick={onRetry}>
          Try the failed again
        </button>
      ) : null}
      {working || !mayWrite ? null : (
        <Link className="button-quiet" href={composePath(type)}>
          New {kindOf(type)?.result ?? "job"}
        </Link>
      )}
    </div>
  );
}

/** The batch can't be read, or following it broke off. */
function Trouble({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const action = failure.retryable ? (
    <button type="button" onClick={onAgain}>
      Try again
    </button>
  ) : (
    <Link href="/">Make something new</Link>
  );
  return (
    <Notice tone="error" title={failure.title} actions={action}>
      {failure.message}
    </Notice>
  );
}
