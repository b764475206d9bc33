/** The title of the window, as long as the page that sets it is shown. */
import { useEffect } from "react";

const SITE = "Kiln";

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${SITE}`;
    return () => {
      document.title = SITE;
    };
  }, [title]);
}
