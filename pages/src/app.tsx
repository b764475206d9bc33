/** The site: header, the page of the current address, and the visitor's jobs. Holds what outlives a page: the drafts. */
import { useCallback, useState } from "react";
import type { Job } from "#contract/job.ts";
import { sameInput } from "#contract/public-api.ts";
import { kiln } from "./api/kiln.ts";
import { localStore } from "./api/storage.ts";
import { Link } from "./components/link.tsx";
import { Notice } from "./components/notice.tsx";
import { SiteHeader } from "./components/site-header.tsx";
import { ComposePage } from "./features/compose/compose-page.tsx";
import { type Draft, type Drafts, draftFromJob, workedOn } from "./features/compose/draft.ts";
import { useJobTypes } from "./features/compose/use-job-types.ts";
import { jobTitle, keepLabel } from "./features/history/job-labels.ts";
import { RecentJobs } from "./features/history/recent-jobs.tsx";
import { JobPage } from "./features/job/job-page.tsx";
import { isLookOnly } from "./features/photos/look-only.ts";
import { inputPicture } from "./features/results/input-picture.ts";
import { formFields } from "./kinds.ts";
import { composePath, jobPath, navigate, useRoute } from "./route.ts";

/** What was decided about photos goes with them when some are added or taken out. */
const CARRIED = ["keep", "drop"];

export function App() {
  const route = useRoute();
  const { types, failure, again } = useJobTypes();
  const [drafts, setDrafts] = useState<Drafts>({});
  // Raised when the list of jobs is out of date.
  const [version, setVersion] = useState(0);
  const outdated = useCallback(() => setVersion((n) => n + 1), []);
  const typeOf = (name: string) => types?.find((type) => type.name === name);

  const created = (job: Job) => {
    keepLabel(localStore(), job.id, jobTitle(job, typeOf(job.type)), isLookOnly(job) ? "look" : undefined);
    outdated();
    navigate(jobPath(job.id));
  };
  const repeat = async (job: Job) => {
    created(await kiln.createJob({ type: job.type, params: job.params, inputs: job.inputs.map(sameInput) }));
  };
  const rerun = async (job: Job, params: Record<string, unknown>) => created(await kiln.rerunJob(job.id, { params }));
  /** The job's files that were chosen on this visit; those with a part of their own left out. */
  const inputsOf = (job: Job) => {
    const atHand = workedOn(drafts[job.type]?.inputs ?? []);
    return job.inputs.flatMap(({ upload }) => atHand.find((input) => input.upload === upload) ?? []);
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
        />
      );
    }
    const type = route.name === "compose" ? typeOf(route.type) : undefined;
    if (!type) return <Nowhere />;
    return (
      <ComposePage
        key={type.name}
        type={type}
        draft={drafts[type.name]}
        onDraft={changeDraft(type.name)}
        onCreated={created}
      />
    );
  };

  return (
    <>
      <SiteHeader route={route} />
      {page()}
      <RecentJobs version={version} types={types ?? []} current={route.name === "job" ? route.id : null} />
    </>
  );
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
      <Notice tone="info" title="There is nothing here" actions={<Link href="/">Make something</Link>}>
        The address may be mistyped or out of date.
      </Notice>
    </main>
  );
}
