/** Takes texts that are pasted on the page but not into a field. */
import { useEffect, useRef } from "react";

/** `onText` answers whether the text was taken. */
export function usePastedText(onText: (text: string) => boolean): void {
  const latest = useRef(onText);
  latest.current = onText;
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const field =
        event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (field || event.defaultPrevented || text === "") return;
      if (latest.current(text)) event.preventDefault();
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, []);
}
