/** Takes files that are dropped on an element, pasted, or dropped beside it on the page. Folders are walked through. */
import { type DragEvent, useEffect, useRef, useState } from "react";
import { droppedFiles } from "./dropped-files.ts";

type OnFiles = (files: File[]) => void;

/** Handlers for the element, and whether something is held above it now. */
export function useDropTarget(onFiles: OnFiles) {
  const [over, setOver] = useState(false);
  // Entering a child fires another enter before the leave: only the balance tells whether the file is still above.
  const depth = useRef(0);
  const step = (by: 1 | -1) => (event: DragEvent) => {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    depth.current += by;
    setOver(depth.current > 0);
  };
  const handlers = {
    onDragEnter: step(1),
    onDragLeave: step(-1),
    onDragOver: (event: DragEvent) => {
      if (holdsFiles(event.dataTransfer)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      void droppedFiles(event.dataTransfer).then(onFiles);
    },
  };
  return { over, handlers };
}

/** Takes files that are pasted, or dropped beside every target: without this the browser would leave the page for them. null = somebody else does. */
export function useStrayFiles(onFiles: OnFiles | null): void {
  const latest = useRef(onFiles);
  latest.current = onFiles;
  const listening = onFiles !== null;
  useEffect(() => {
    if (!listening) return;
    const stop = new AbortController();
    const { signal } = stop;
    const take = (event: Event, data: DataTransfer | null) => {
      // What a target has taken is marked so.
      if (!data || !holdsFiles(data) || event.defaultPrevented) return;
      event.preventDefault();
      void droppedFiles(data).then((files) => latest.current?.(files));
    };
    const over = (event: globalThis.DragEvent) => {
      if (event.dataTransfer && holdsFiles(event.dataTransfer)) event.preventDefault();
    };
    window.addEventListener("paste", (event) => take(event, event.clipboardData), { signal });
    window.addEventListener("dragover", over, { signal });
    window.addEventListener("drop", (event) => take(event, event.dataTransfer), { signal });
    return () => stop.abort();
  }, [listening]);
}

/** As opposed to text, or a picture of the list that is being moved. */
const holdsFiles = (data: DataTransfer): boolean => data.types.includes("Files");
