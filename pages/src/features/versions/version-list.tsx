/** The versions of one thing, where there are several: when, what changed, which are kept. */
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { Icon } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { useNow } from "../../components/use-now.ts";
import { formatAgo } from "../../formatting.ts";
import { jobPath } from "../../route.ts";
import { STATE_WORDS } from "../job/state-words.ts";
import { toFields } from "../parameters/form-model.ts";
import { useVersions } from "./use-versions.ts";
import { changesOf } from "./version-rows.ts";

const AGE_MS = 30_000;

export function VersionList({ job, type }: { job: Job; type: JobTypeInfo | undefined }) {
  const versions = useVersions(job.id);
  const now = useNow(AGE_MS);
  if (versions.length < 2) return null;
  const titles = new Map(type ? toFields(type.paramsSchema).map(({ name, label }) => [name, label]) : []);
  return (
    <section className="versions" aria-labelledby="versions-title">
      <h2 id="versions-title">Versions</h2>
      <ol>
        {versions.map((version, i) => (
          <li key={version.id}>
            <Link href={jobPath(version.id)} aria-current={version.id === job.id ? "page" : undefined}>
              <span className="version-number">{versions.length - i}</span>
              <span className="version-changes">
                {changesOf(version, titles).map((change) => (
                  <span key={change}>{change}</span>
                ))}
                <span className="version-when">
                  {[
                    formatAgo(version.createdAt, now),
                    ...(version.state === "succeeded" ? [] : [STATE_WORDS[version.state].toLowerCase()]),
                    ...(version.cached ? ["made before"] : []),
                    ...(version.purgedAt === null ? [] : ["files gone"]),
                  ].join(" · ")}
                </span>
              </span>
              {version.pinned ? <Icon name="keep" /> : null}
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
