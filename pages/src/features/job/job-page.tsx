/** One job: in the kiln, done, or failed. Its address can be shared. */
import { useMemo, useState } from "react";
import { FINAL_STATES, type Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { ArtifactsProvider, jobArtifacts } from "../../api/artifacts.ts";
import type { Failure } from "../../api/failure.ts";
import { localStore } from "../../api/storage.ts";
import { AwayNotice } from "../../components/away-notice.tsx";
import { Link } from "../../components/link.tsx";
import { Notice } from "../../components/notice.tsx";
import { PanelBody } from "../../components/panel-body.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { kindOf } from "../../kinds.ts";
import type { DraftInput } from "../compose/draft.ts";
import { jobTitle, readLabels } from "../history/job-labels.ts";
import { type Onward, onwardFrom } from "../onward/onward.ts";
import { isLookOnly } from "../photos/look-only.ts";
import { VerdictView } from "../photos/verdict-view.tsx";
import { ResultStage } from "../results/result-stage.tsx";
import { FailurePanel } from "./failure-panel.tsx";
import { FiringStage } from "./firing-stage.tsx";
import { JobRelations } from "./job-relations.tsx";
import { stagesOf } from "./job-stages.ts";
import { LogDrawer } from "./log-drawer.tsx";
import { ProgressPanel, statusOf } from "./progress-panel.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { useJob } from "./use-job.ts";

interface JobPageProps {
  readonly id: string;
  readonly types: readonly JobTypeInfo[];
  /** The files of the job that this visit has at hand. */
  readonly inputsOf: (job: Job) => readonly DraftInput[];
  readonly onFinal: () => void;
  /** Opens the form with this job's parameters and file. */
  readonly onChange: (job: Job) => void;
  /** Submits the same once more. */
  readonly onRepeat: (job: Job) => Promise<void>;
  /** Submits a job that goes on from this one, with these parameters over its own. */
  readonly onRerun: (job: Job, params: Record<string, unknown>) => Promise<void>;
  /** Has the job done once more though its result is there. */
  readonly onAgain: (job: Job) => Promise<void>;
  /** Opens the form of what is to be made of this job's result. */
  readonly onWay: (job: Job, way: Onward) => void;
}

export function JobPage(props: JobPageProps) {
  const artifacts = useMemo(() => jobArtifacts(props.id), [props.id]);
  return (
    <ArtifactsProvider value={artifacts}>
      <Followed {...props} />
    </ArtifactsProvider>
  );
}

function Followed(props: JobPageProps) {
  const { id, types, inputsOf, onFinal, onChange, onRepeat, onRerun, onAgain, onWay } = props;
  // The photos of a finished job are looked at once more, to make another model of them.
  const [changing, setChanging] = useState(false);
  const { job, view, failure, away, cancel, put, again } = useJob(id, onFinal);
  const type = types.find((known) => known.name === job?.type);
  const title = job ? jobTitle(job, type, readLabels(localStore())) : "Job";
  const status = view ? statusOf(view, job ? stagesOf(type, job) : []) : "";
  usePageTitle(status ? `${status} · ${title}` : title);
  if (!job || !view) {
    return (
      <main className="bench" id="main" tabIndex={-1}>
        <div className="stage" aria-busy={!failure}>
          <div className="arch" />
        </div>
        <section className="panel" aria-label="Job">
          <PanelBody>
            {failure ? <Unreadable failure={failure} onAgain={again} /> : <p className="quiet">Opening the job…</p>}
          </PanelBody>
        </section>
      </main>
    );
  }
  const done = job.state === "succeeded" && job.manifest !== null;
  const ended = FINAL_STATES.has(job.state) && !done;
  const kept = done && job.purgedAt === null;
  const change = () => onChange(job);
  const rerun = (params: Record<string, unknown>) => onRerun(job, params);
  const below = (
    <>
      {failure ? <Lost failure={failure} onAgain={again} /> : null}
      <LogDrawer logs={view.logs} />
    </>
  );
  const look = isLookOnly(job);
  if (kept && type && (look || changing)) {
    return (
      <main className="bench" id="main" tabIndex={-1}>
        <p className="visually-hidden" role="status">
          {status}
        </p>
        <VerdictView
          job={job}
          type={type}
          title={title}
          onRerun={rerun}
          onChangePhotos={change}
          onBack={look ? null : () => setChanging(false)}
        >
          {below}
        </VerdictView>
      </main>
    );
  }
  const ways = job.purgedAt === null ? onwardFrom(job, types) : [];
  const goOn = (way: Onward) => onWay(job, way);
  const canRerun = kept && hasPhotoSet(job);
  return (
    <main className="bench" id="main" tabIndex={-1}>
      <p className="visually-hidden" role="status">
        {status}
      </p>
      {done ? (
        <ResultStage job={job} title={title} inputs={inputsOf(job)} />
      ) : (
        <FiringStage view={view} inputs={inputsOf(job)} text={job.params.text} />
      )}
      <section className="panel" aria-label={title}>
        <JobRelations job={job} />
        {done ? (
          <ResultPanel
            job={job}
            type={type}
            title={title}
            onChange={canRerun ? () => setChanging(true) : change}
            onRerun={canRerun ? rerun : null}
            onAgain={() => onAgain(job)}
            onJob={put}
            ways={ways}
            onWay={goOn}
          >
            {below}
          </ResultPanel>
        ) : null}
        {ended ? (
          <FailurePanel job={job} title={title} onChange={change} onRepeat={() => onRepeat(job)}>
            {below}
          </FailurePanel>
        ) : null}
        {done || ended ? null : (
          <ProgressPanel job={job} view={view} type={type} title={title} onCancel={cancel} ways={ways} onWay={goOn}>
            {away ? <AwayNotice /> : null}
            {below}
          </ProgressPanel>
        )}
      </section>
    </main>
  );
}

/** Whether the job told what it thinks of each photo: then a further one needs no upload, and none of the work done twice. */
const hasPhotoSet = (job: Job): boolean =>
  kindOf(job.type)?.photos !== undefined && (job.manifest?.artifacts ?? []).some(({ name }) => name === "photos.json");

interface TroubleProps {
  readonly failure: Failure;
  readonly onAgain: () => void;
}

/** The job was read, but following it broke off. */
function Lost({ failure, onAgain }: TroubleProps) {
  const action = (
    <button type="button" onClick={onAgain}>
      Connect again
    </button>
  );
  return (
    <Notice tone="error" title={failure.title} actions={action}>
      {failure.message}
    </Notice>
  );
}

/** There is no such job, or it is somebody else's, or it can't be read. */
function Unreadable({ failure, onAgain }: TroubleProps) {
  if (failure.code === "job_not_found") return <NotYours />;
  return (
    <Notice
      tone="error"
      title={failure.title}
      actions={
        <>
          {failure.retryable ? (
            <button type="button" onClick={onAgain}>
              Try again
            </button>
          ) : null}
          <Link href="/">Make something new</Link>
        </>
      }
    >
      {failure.message}
    </Notice>
  );
}

/** The server does not say whether there is such a job: an address alone tells strangers nothing. */
function NotYours() {
  return (
    <Notice
      tone="info"
      title="This is someone else’s, or it is gone"
      actions={<Link href="/">Make something new</Link>}
    >
      <p>A job is shown to the browser or the account that made it. There is none of yours at this address.</p>
      <p>Was it sent to you? Ask for a link: “Share” on the job's page makes one that you can open.</p>
      <p>
        Is it yours? Open it in the browser you made it with, or with your API key on the{" "}
        <Link href="/account">account page</Link>.
      </p>
    </Notice>
  );
}
