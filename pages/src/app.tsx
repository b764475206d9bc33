/** The site: header, the page of the current address, and the visitor's jobs. Holds what outlives a page: the drafts. */
import { useCallback, useState } from "react";
import type { Batch } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import { sameInput } from "#contract/public-api.ts";
import { kiln } from "./api/kiln.ts";
import { localStore } from "./api/storage.ts";
import { Link } from "./components/link.tsx";
import { Notice } from "./components/notice.tsx";
import { SiteHeader } from "./components/site-header.tsx";
import { AccountPage } from "./features/account/account-page.tsx";
import { limited } from "./features/account/caller-words.ts";
import { MayWriteProvider } from "./features/account/may-write.tsx";
import { useCaller } from "./features/account/use-caller.ts";
import { BatchPage } from "./features/batch/batch-page.tsx";
import { ComposePage } from "./features/compose/compose-page.tsx";
import {
  type Draft,
  type Drafts,
  draftFromJob,
  emptyDraft,
  inputOfJob,
  withWorkedOn,
  workedOn,
} from "./features/compose/draft.ts";
import { useJobTypes } from "./features/compose/use-job-types.ts";
import { jobTitle, keepLabel, readLabels } from "./features/history/job-labels.ts";
import { keepBatch } from "./features/history/known-batches.ts";
import { RecentJobs } from "./features/history/recent-jobs.tsx";
import { JobPage } from "./features/job/job-page.tsx";
import type { Onward } from "./features/onward/onward.ts";
import { isLookOnly } from "./features/photos/look-only.ts";
import { inputPicture } from "./features/results/input-picture.ts";
import { SharedPage } from "./features/share/shared-page.tsx";
import { formFields } from "./kinds.ts";
import { batchPath, composePath, jobPath, navigate, useRoute } from "./route.ts";

/** What was decided about photos goes with them when some are added or taken out. */
const CARRIED = ["keep", "drop"];

export function App() {
  const route = useRoute();
  const { types, failure, again } = useJobTypes();
  const { caller, failure: unknownCaller, again: askAgain } = useCaller();
  const [drafts, setDrafts] = useState<Drafts>({});
  // Raised when the list of jobs is out of date.
  const [version, setVersion] = useState(0);
  const outdated = useCallback(() => setVersion((n) => n + 1), []);
  const typeOf = (name: string) => types?.find((type) => type.name === name);

  const titleOf = (job: Job) => jobTitle(job, typeOf(job.type), readLabels(localStore()));
  const created = (job: Job) => {
    keepLabel(localStore(), job.id, titleOf(job), isLookOnly(job) ? "look" : undefined);
    outdated();
    navigate(jobPath(job.id));
  };
  const batchCreated = (batch: Batch, filenames: readonly string[]) => {
    navigate(batchPath(batch.id));
    // The names are a courtesy: without them the jobs are called by their keys.
    void keepBatchNames(batch, filenames).then(outdated, outdated);
  };
  const repeat = async (job: Job) => {
    created(await kiln.createJob({ type: job.type, params: job.params, inputs: job.inputs.map(sameInput) }));
  };
  const runAgain = async (job: Job) => created(await kiln.rerunJob(job.id, { policy: { cache: false } }));
  const rerun = async (job: Job, params: Record<string, unknown>) => created(await kiln.rerunJob(job.id, { params }));
  /** The job's files that were chosen on this visit; those with a part of their own left out. */
  const inputsOf = (job: Job) => {
    const atHand = workedOn(drafts[job.type]?.inputs ?? []);
    return job.inputs.flatMap(({ upload, job: maker, url }) => {
      const known = atHand.find((input) => {
        if (url !== undefined) return input.url === url;
        return maker === null ? input.upload === upload : input.from?.job === maker;
      });
      return known ?? [];
    });
  };
  /** Opens the form of a job type with the result of a job as its input. */
  const goOn = (job: Job, { type, from, contentType, bytes }: Onward) => {
    const picture = from.artifact === null ? null : kiln.artifactUrl(job.id, from.artifact);
    const input = inputOfJob(from, { filename: titleOf(job), bytes, type: contentType, picture });
    setDrafts((now) => ({
      ...now,
      [type.name]: { ...withWorkedOn(now[type.name] ?? emptyDraft(formFields(type)), [input]), repeats: null },
    }));
    navigate(composePath(type.name));
  };
  const changeJob = (job: Job) => {
    const type = typeOf(job.type);
    if (!type) return;
    const pictureOf = (index: number) => {
      const name = inputPicture(job, index);
      return name ? kiln.artifactUrl(job.id, name) : null;
    };
    setDrafts((now) => ({
      ...now,
      [job.type]: draftFromJob(job, formFields(type), now[job.type], pictureOf, CARRIED),
    }));
    navigate(composePath(job.type));
  };
  const changeDraft = (name: string) => (change: (draft: Draft | undefined) => Draft) =>
    setDrafts((now) => ({ ...now, [name]: change(now[name]) }));

  const page = () => {
    if (failure) return <Unavailable message={failure.message} onAgain={again} />;
    if (!types) return <Opening />;
    if (route.name === "job") {
      return (
        <JobPage
          key={route.id}
          id={route.id}
          types={types}
          inputsOf={inputsOf}
          onFinal={outdated}
          onChange={changeJob}
          onRepeat={repeat}
          onRerun={rerun}
          onAgain={runAgain}
          onWay={goOn}
        />
      );
    }
    if (route.name === "account") {
      return <AccountPage types={types} caller={caller} failure={unknownCaller} onAgain={askAgain} />;
    }
    if (route.name === "shared") return <SharedPage key={route.token} token={route.token} types={types} />;
    if (route.name === "batch") return <BatchPage key={route.id} id={route.id} types={types} onFinal={outdated} />;
    const type = route.name === "compose" ? typeOf(route.type) : undefined;
    if (!type) return <Nowhere />;
    return (
      <ComposePage
        key={type.name}
        type={limited(type, caller)}
        caller={caller}
        draft={drafts[type.name]}
        onDraft={changeDraft(type.name)}
        onCreated={created}
        onBatch={batchCreated}
      />
    );
  };

  return (
    <MayWriteProvider value={caller === null || caller.scopes.includes("write")}>
      <SiteHeader route={route} />
      {page()}
      <RecentJobs version={version} types={types ?? []} current={"id" in route ? route.id : null} />
      <footer className="site-footer">
        <a href="/docs">API reference</a>
      </footer>
    </MayWriteProvider>
  );
}

/** Keeps what the jobs of a batch are called, and that they belong together. */
async function keepBatchNames(batch: Batch, filenames: readonly string[]): Promise<void> {
  const store = localStore();
  const { jobs } = await kiln.batchJobs(batch.id, { limit: filenames.length });
  for (const job of jobs) keepLabel(store, job.id, filenames[job.number - 1] ?? job.key ?? job.type);
  const [first] = filenames;
  const type = jobs[0]?.type ?? "";
  const title = `${first} and ${filenames.length - 1} more`;
  keepBatch(store, { id: batch.id, type, title, createdAt: batch.createdAt, jobs: jobs.map(({ id }) => id) });
}

/** The frame of the page while the server is asked what it can do: nothing jumps when the answer comes. */
function Opening() {
  return (
    <main className="bench" id="main" tabIndex={-1} aria-busy="true">
      <div className="stage">
        <div className="arch" />
      </div>
      <div className="panel" />
    </main>
  );
}

function Unavailable({ message, onAgain }: { message: string; onAgain: () => void }) {
  return (
    <main className="bench bench-single" id="main" tabIndex={-1}>
      <Notice
        alone
        tone="error"
        title="Kiln does not answer"
        actions={
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        }
      >
        {message}
      </Notice>
    </main>
  );
}

function Nowhere() {
  return (
    <main className="bench bench-single" id="main" tabIndex={-1}>
      <Notice alone tone="info" title="There is nothing here" actions={<Link href="/">Make something</Link>}>
        The address may be mistyped or out of date.
      </Notice>
    </main>
  );
}
