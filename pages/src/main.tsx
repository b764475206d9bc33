/** Starts the site. */
import "@fontsource-variable/bricolage-grotesque/index.css";
import "@fontsource-variable/instrument-sans/index.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/stage.css";
import "./styles/inputs.css";
import "./styles/viewer.css";
import "./styles/gallery.css";
import "./styles/photos.css";
import "./styles/controls.css";
import "./styles/fields.css";
import "./styles/choices.css";
import "./styles/job.css";
import "./styles/history.css";
import "./styles/belonging.css";
import "./styles/share.css";
import "./styles/account.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
