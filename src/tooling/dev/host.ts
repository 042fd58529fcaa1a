// A standby process that becomes the server: loads the packages, waits for the newest build, and
// imports it. Exits with its parent.
import { subscribe } from "node:diagnostics_channel"
import { ServerResponse } from "node:http"
import { pathToFileURL } from "node:url"

/** `packages` are preloaded; `main` is the file to run. */
export interface Order {
  readonly packages?: ReadonlyArray<string>
  readonly main?: string
}

// Closes each connection after its response, so that no request reaches a stopping server.
subscribe("http.server.request.start", (message) => {
  if (typeof message !== "object" || message === null || !("response" in message)) return
  if (message.response instanceof ServerResponse) message.response.setHeader("connection", "close")
})

process.on("message", ({ main, packages = [] }: Order) => {
  // An optional package may be missing; its importer reports that.
  void Promise.allSettled(packages.map((name) => import(name)))
  if (main === undefined) return
  process.argv[1] = main
  process.channel?.unref()
  // A rejection ends the process and prints the source position.
  void import(pathToFileURL(main).href)
})
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"))
