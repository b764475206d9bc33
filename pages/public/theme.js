// Applies the theme chosen in this browser (components/theme.ts writes it) before the page is drawn.
try {
  const theme = localStorage.getItem("kiln.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's preference applies.
}
