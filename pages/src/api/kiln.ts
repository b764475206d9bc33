/** The one client of the site. The API is on the same origin. */
import { Kiln } from "#client/kiln.ts";
import { browserSession, sessionCookie } from "./session.ts";
import { localStore } from "./storage.ts";

const session = browserSession(localStore());
// biome-ignore lint/suspicious/noDocumentCookie: links and pictures may be asked for right after; the Cookie Store answers later.
document.cookie = sessionCookie(session, window.location);

export const kiln = new Kiln({ api: window.location.origin, session });
