/** Puts the page together: first who is here, then everything else. */

import { openDesk } from "./desk.js";
import { forget, logIn } from "./login.js";
import { statusLine } from "./status.js";

const status = statusLine();

logIn(status, (session) => {
  openDesk(session, status, () => {
    session.end();
    forget();
    location.reload();
  });
});
