/** Light or dark: the system's preference until the visitor chooses; the choice is kept in this browser. */
import { useEffect, useState } from "react";
import { localStore } from "../api/storage.ts";

export type Theme = "light" | "dark";
/** public/theme.js reads the same key before the page is drawn. */
const KEY = "kiln.theme";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

const chosenTheme = (): Theme | null => {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : null;
};

/** The theme in force, and a function that changes to the other one. */
export function useTheme(): [Theme, () => void] {
  const [system, setSystem] = useState<Theme>(systemDark.matches ? "dark" : "light");
  const [chosen, setChosen] = useState(chosenTheme);
  useEffect(() => {
    const changed = () => setSystem(systemDark.matches ? "dark" : "light");
    systemDark.addEventListener("change", changed);
    return () => systemDark.removeEventListener("change", changed);
  }, []);
  const theme = chosen ?? system;
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStore()?.setItem(KEY, next);
    setChosen(next);
  };
  return [theme, toggle];
}
