/** Whether the visitor may make and change things, for all that is shown to those only who may. */
import { createContext, type ReactNode, useContext } from "react";

const May = createContext(true);
/** True until it is known. */
export const MayWriteProvider = May.Provider;
export const useMayWrite = (): boolean => useContext(May);

/** Buttons that a key for reading can't use are not there. */
export function ForWriters({ children }: { children: ReactNode }) {
  return useMayWrite() ? children : null;
}
