/** Gives the focus back to the button that opened something, when that closes: otherwise it would be nowhere. */
import { type RefObject, useEffect, useRef } from "react";

/** For the button, which may be away while it is open. */
export function useFocusBack(open: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(open);
  useEffect(() => {
    if (wasOpen.current && !open) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  return button;
}
