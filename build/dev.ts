// `npm run dev`: builds the browser's files when they change and restarts the server when its sources do; open pages follow both.
import { spawn } from "node:child_process"
import { mkdirSync, watch } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { buildAssets, dist, web } from "./assets.ts"

/** Milliseconds in which an editor has written all that it writes at once. */
const pause = 50

let building = Promise.resolve()
const build = () => {
  building = building
    .then(async () => {
      const before = performance.now()
      await buildAssets({ from: web, to: dist, compressed: false })
      console.log(`Built the browser's files in ${Math.round(performance.now() - before)} ms`)
    })
    // What was built before stays; a typing error is mended in a moment.
    .catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
}

// The server watches it from its start on, whatever becomes of the first build.
mkdirSync(dist, { recursive: true })
build()
await building
let timer: NodeJS.Timeout | undefined
watch(web, { recursive: true }, () => {
  clearTimeout(timer)
  timer = setTimeout(build, pause)
}).on("error", (error) => console.error(`Changes of web/ are not seen any more: ${error.message}`))

const tsx = createRequire(import.meta.url).resolve("tsx/cli")
const server = spawn(
  process.execPath,
  [tsx, "watch", "--clear-screen=false", join(import.meta.dirname, "../src/main.ts")],
  // A group of its own: from the terminal it would get each signal beside ours, and a second one ends the server at once.
  { stdio: ["ignore", "inherit", "inherit"], detached: true }
)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => server.kill("SIGTERM"))
server.once("exit", (code, signal) => process.exit(signal === null ? (code ?? 0) : 0))
