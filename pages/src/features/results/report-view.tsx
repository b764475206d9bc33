/**
 * The report of a job (`report.html`), shown in place: in a frame without scripts and without this site's origin, whatever
 * is in it. It can be opened over the whole window.
 */
import { useEffect, useRef, useState } from "react";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";

export function ReportView({ jobId, title }: { jobId: string; title: string }) {
  const { html, failure } = useReport(jobId);
  const dialog = useRef<HTMLDialogElement>(null);
  const [large, setLarge] = useState(false);
  const name = `Report on ${title}`;
  return (
    <div className="report">
      {html === null ? (
        <p className="report-wait quiet" role="status">
          {failure ? failure.message : "Fetching the report…"}
        </p>
      ) : (
        <>
          <iframe className="report-frame" title={name} srcDoc={html} sandbox="" />
          <button
            type="button"
            className="button-icon report-enlarge"
            aria-label="Enlarge the report"
            title="Enlarge the report"
            onClick={() => {
              setLarge(true);
              dialog.current?.showModal();
            }}
          >
            <Icon name="enlarge" />
          </button>
          <dialog ref={dialog} className="report-large" aria-label={name} onClose={() => setLarge(false)}>
            {large ? <iframe className="report-frame" title={`${name}, enlarged`} srcDoc={html} sandbox="" /> : null}
            <button
              type="button"
              className="button-icon report-enlarge"
              aria-label="Close the report"
              title="Close the report"
              onClick={() => dialog.current?.close()}
            >
              <Icon name="cross" />
            </button>
          </dialog>
        </>
      )}
    </div>
  );
}

/** The report's HTML, read once; null while it is on its way. */
function useReport(jobId: string): { html: string | null; failure: Failure | null } {
  const [read, setRead] = useState<{ html: string | null; failure: Failure | null }>({ html: null, failure: null });
  useEffect(() => {
    const stop = new AbortController();
    const fetchReport = async () => {
      const response = await kiln.download(jobId, "report.html", { signal: stop.signal });
      setRead({ html: await response.text(), failure: null });
    };
    fetchReport().catch((error) => {
      if (!stop.signal.aborted) setRead({ html: null, failure: toFailure(error) });
    });
    return () => stop.abort();
  }, [jobId]);
  return read;
}
