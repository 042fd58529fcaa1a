// `evenstar dev`: rebuilds the browser's files and the server when their sources change, and
// restarts the server. Open pages reload. Errors are shown in the pages and in the terminal.
import { mkdirSync, mkdtempSync, rmSync, watch } from "node:fs"
import { createServer } from "node:net"
import { dirname, join, relative, sep } from "node:path"
import { bundleProgram, type Program } from "./dev/bundle.ts"
import { type Address, ProblemServer } from "./dev/problemServer.ts"
import { Processes } from "./dev/processes.ts"
import { type Project, projectAt } from "./project.ts"

/** Debounce in milliseconds: an editor writes several files at once. */
const pause = 25

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The address from the settings; port 0 becomes one free port, kept across restarts. */
const addressOf = async (env: NodeJS.ProcessEnv): Promise<Address> => {
  const host = env["HOST"] ?? "127.0.0.1"
  const port = Number(env["PORT"] ?? 3000)
  if (port !== 0) return { host, port }
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return { host, port: typeof address === "object" && address !== null ? address.port : port }
}

/** Runs until a signal ends it. */
export const dev = async (project: Project) => {
  const { assets, dist, main, root, web } = project
  const address = await addressOf(process.env)
  const problems = new ProblemServer(address)
  mkdirSync(dist, { recursive: true })
  // The server watches this folder from its start, and the first build may fail.
  mkdirSync(assets, { recursive: true })
  const builds = mkdtempSync(join(dist, "dev-"))
  const dirty = { server: true, browser: true }
  /** Newest first. A stopping server may still load files of its build. */
  let programs: ReadonlyArray<Program> = []
  let started: Program | undefined

  const buildServer = async () => {
    if (!dirty.server) return
    dirty.server = false
    const program = await bundleProgram(main, builds)
    for (const { remove } of programs.slice(1)) remove()
    programs = [program, ...programs.slice(0, 1)]
    processes.prepare(program)
  }
  const buildBrowser = async () => {
    if (!dirty.browser) return
    dirty.browser = false
    const { buildAssetsOf } = await import("./assets.ts")
    const before = performance.now()
    await buildAssetsOf(project, false)
    console.log(`Built the browser's files in ${Math.round(performance.now() - before)} ms`)
  }
  const fail = (problem: string) => {
    started = undefined
    problems.show(problem)
  }
  const processes = new Processes({ ...process.env, PORT: String(address.port) }, fail)

  const build = async () => {
    // One after the other: the standby loads its packages while the browser's files are built.
    const [server] = await Promise.allSettled([buildServer()])
    const [browser] = await Promise.allSettled([buildBrowser()])
    if (server.status === "rejected") dirty.server = true
    if (browser.status === "rejected") dirty.browser = true
    const words = [server, browser].flatMap((it) => (it.status === "rejected" ? [wordsOf(it.reason)] : []))
    if (words.length > 0) {
      console.error(words.join("\n"))
      processes.stop()
      return fail(words.join("\n"))
    }
    const [newest] = programs
    if (newest === undefined || newest === started) return
    started = newest
    await problems.close()
    processes.start(newest)
  }

  let building = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const rebuild = () => {
    building = building.then(build)
  }
  const sources = dirname(main)
  const isIn = (folder: string, path: string) => path === folder || path.startsWith(folder + sep)
  const watchers = [sources, ...web.filter((folder) => !isIn(sources, folder))].map((folder) =>
    watch(folder, { recursive: true }, (_, name) => {
      const path = join(folder, name ?? "")
      const isOfBrowser = web.some((it) => isIn(it, path))
      dirty.browser ||= isOfBrowser
      dirty.server ||= !isOfBrowser
      clearTimeout(timer)
      timer = setTimeout(rebuild, pause)
    }).on("error", (error) =>
      console.error(`Watching ${relative(root, folder)} failed; restart to see its changes: ${error.message}`)
    )
  )
  rebuild()

  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve())
  })
  clearTimeout(timer)
  for (const watcher of watchers) watcher.close()
  await building
  await problems.close()
  await processes.end()
  rmSync(builds, { recursive: true, force: true })
}

export const run = () => dev(projectAt())
