/**
 * The report of a job (`report.html`): in place, or over the whole window. Its frame has no scripts and not this site's
 * origin, whatever is in it.
 */
import { type RefObject, useEffect, useRef, useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { Icon } from "../../components/icon.tsx";

interface ReportProps {
  readonly title: string;
}

/** The report in place, with a way to enlarge it. */
export function ReportView({ title }: ReportProps) {
  const { html, failure } = useReport(true);
  const { dialog, open, show, close } = useDialog();
  if (html === null) {
    return (
      <div className="report">
        <p className="report-wait quiet" role="status">
          {failure ? failure.message : "Fetching the report…"}
        </p>
      </div>
    );
  }
  return (
    <div className="report">
      <iframe className="report-frame" title={`Report on ${title}`} srcDoc={html} sandbox="" />
      <button
        type="button"
        className="button-icon report-corner"
        aria-label="Enlarge the report"
        title="Enlarge the report"
        onClick={show}
      >
        <Icon name="enlarge" />
      </button>
      <ReportDialog dialog={dialog} html={open ? html : null} title={title} onClose={close} />
    </div>
  );
}

/** A button that opens the report over the whole window. */
export function ReportButton({ title }: ReportProps) {
  const { dialog, open, show, close } = useDialog();
  const { html, failure } = useReport(open);
  return (
    <>
      <button type="button" className="button-quiet" onClick={show}>
        Report
      </button>
      <ReportDialog dialog={dialog} html={open ? html : null} failure={failure} title={title} onClose={close} />
    </>
  );
}

interface ReportDialogProps {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  /** Null while the report is on its way. */
  readonly html: string | null;
  readonly failure?: Failure | null;
  readonly title: string;
  readonly onClose: () => void;
}

function ReportDialog({ dialog, html, failure = null, title, onClose }: ReportDialogProps) {
  return (
    <dialog ref={dialog} className="report-large" aria-label={`Report on ${title}`} onClose={onClose}>
      {html === null ? (
        <p className="report-wait quiet">{failure ? failure.message : "Fetching the report…"}</p>
      ) : (
        <iframe className="report-frame" title={`Report on ${title}, enlarged`} srcDoc={html} sandbox="" />
      )}
      <button
        type="button"
        className="button-icon report-corner"
        aria-label="Close the report"
        title="Close the report"
        onClick={() => dialog.current?.close()}
      >
        <Icon name="cross" />
      </button>
    </dialog>
  );
}

/** A modal dialogue and whether it is open. */
function useDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const show = () => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return { dialog, open, show, close: () => setOpen(false) };
}

/** The report's HTML, read once it is `wanted`; null while it is on its way. */
function useReport(wanted: boolean): { html: string | null; failure: Failure | null } {
  const [read, setRead] = useState<{ html: string | null; failure: Failure | null }>({ html: null, failure: null });
  const { read: readFile } = useArtifacts();
  const known = read.html !== null;
  useEffect(() => {
    if (!wanted || known) return;
    const stop = new AbortController();
    const fetchReport = async () => {
      const response = await readFile("report.html", stop.signal);
      setRead({ html: await response.text(), failure: null });
    };
    fetchReport().catch((error) => {
      if (!stop.signal.aborted) setRead({ html: null, failure: toFailure(error) });
    });
    return () => stop.abort();
  }, [readFile, wanted, known]);
  return read;
}
