/** The job's log, folded. It follows the newest line as long as the reader has not scrolled up. */
import { useEffect, useRef, useState } from "react";
import type { LogLine } from "./job-view.ts";

/** This close to the end counts as being at it. */
const SLACK_PX = 24;

export function LogDrawer({ logs }: { logs: readonly LogLine[] }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new line, and opening, moves the box to its end.
  useEffect(() => {
    if (box.current && following.current) box.current.scrollTop = box.current.scrollHeight;
  }, [logs, open]);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current as HTMLDivElement;
    following.current = scrollHeight - scrollTop - clientHeight < SLACK_PX;
  };
  return (
    <details className="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Log{" "}
        <span className="quiet">{logs.length === 0 ? "" : `${logs.length} line${logs.length === 1 ? "" : "s"}`}</span>
      </summary>
      {open ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard.
        <div className="code log" role="log" aria-label="Log of the job" tabIndex={0} ref={box} onScroll={scrolled}>
          {logs.length === 0 ? "Nothing was logged." : logs.map((line) => <div key={line.seq}>{line.line}</div>)}
        </div>
      ) : null}
    </details>
  );
}
