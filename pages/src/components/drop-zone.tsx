/** Where a file is dropped, pasted or chosen. A label around a real file input, so that keyboard and readers work. */
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";

interface DropZoneProps {
  readonly accept: readonly string[];
  readonly className: string;
  /** Name of the input for screen readers. */
  readonly label: string;
  readonly onFile: (file: File) => void;
  readonly children: ReactNode;
}

export function DropZone({ accept, className, label, onFile, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  // Entering a child fires another enter before the leave: only the balance tells whether the file is still above.
  const depth = useRef(0);
  const enter = (step: 1 | -1) => (event: DragEvent) => {
    event.preventDefault();
    depth.current += step;
    setOver(depth.current > 0);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  useStrayFile(onFile);
  return (
    <label
      className={className}
      data-over={over || undefined}
      onDragEnter={enter(1)}
      onDragLeave={enter(-1)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <input
        className="visually-hidden"
        type="file"
        aria-label={label}
        accept={accept.join(",")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file can be chosen again after it was changed.
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
      {children}
    </label>
  );
}

/** Takes a file that is pasted, or dropped beside the zone: without this the browser would leave the page for it. */
function useStrayFile(onFile: (file: File) => void): void {
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const take = (event: Event, data: DataTransfer | null) => {
      const file = data?.files[0];
      // What a zone has taken is marked so.
      if (!file || event.defaultPrevented) return;
      event.preventDefault();
      latest.current(file);
    };
    window.addEventListener("paste", (event) => take(event, event.clipboardData), { signal });
    window.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    window.addEventListener("drop", (event) => take(event, event.dataTransfer), { signal });
    return () => stop.abort();
  }, []);
}
