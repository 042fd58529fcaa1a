// The site's name, shown in the header and title of the stack's own pages, in the API description
// and in the browser's passkey dialog.
import * as Context from "effect/Context"

export const defaultSiteName = "Evenstar"

export class SiteName extends Context.Reference<SiteName>()("evenstar/SiteName", {
  defaultValue: () => defaultSiteName
}) {}
