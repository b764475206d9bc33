/** The versions of a job's asset. A courtesy: without them the page is what it was. */
import { useEffect, useState } from "react";
import type { JobVersions } from "#contract/public-api.ts";
import { kiln } from "../../api/kiln.ts";

/** Newest first; empty until they are known. */
export function useVersions(id: string): JobVersions["versions"] {
  const [versions, setVersions] = useState<JobVersions["versions"]>([]);
  useEffect(() => {
    const stop = new AbortController();
    setVersions([]);
    kiln.versions(id, { signal: stop.signal }).then(
      (found) => setVersions(found.versions),
      () => undefined,
    );
    return () => stop.abort();
  }, [id]);
  return versions;
}
