// What the site is called: in the header and the title of the stack's own pages, in the API's
// description and where passkeys ask.
import * as Context from "effect/Context"

export const defaultSiteName = "Evenstar"

export class SiteName extends Context.Reference<SiteName>()("evenstar/SiteName", {
  defaultValue: () => defaultSiteName
}) {}
