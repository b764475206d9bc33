/** Said while the server can't be reached and the page waits for it. */
import { Notice } from "./notice.tsx";

export function AwayNotice() {
  return (
    <Notice tone="info" title="The connection is lost">
      The work goes on. This page catches up as soon as the server answers again.
    </Notice>
  );
}
