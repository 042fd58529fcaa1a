// `npm run dev` on a copy of the sources, with a page open in Chromium: time to the first page, and
// from a saved change to its display. Fails if typed input is lost. Targets: 3 s; a view 1 s, a
// Layer 2 s.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { launch } from "../test/browser/chromium.ts"
import { temporary } from "./support/processes.ts"
import { benchmark, quick, show, table, target } from "./support/report.ts"
import { sleep } from "./support/rounds.ts"
import { spread } from "./support/stats.ts"

const rounds = quick ? 2 : 9
const root = join(import.meta.dirname, "..")
const port = 20_000 + Math.floor(Math.random() * 10_000)
const url = `http://localhost:${port}/`
/** Milliseconds between changes: the standby process loads its packages meanwhile. */
const settled = 2500
const typed = "half a sentence"
const longTimeout = { timeout: 60_000 }

await benchmark("dev-loop", "from a change to its display", async () => {
  const directory = temporary()
  for (const name of ["src", "web", "package.json", "tsconfig.json"].filter((it) => existsSync(join(root, it)))) {
    cpSync(join(root, name), join(directory, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"))
  const read = (name: string) => readFileSync(join(directory, name), "utf8")
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text)
  const start = () =>
    spawn("npm", ["run", "dev"], {
      cwd: directory,
      env: { ...process.env, PORT: String(port), DATA_DIR: temporary(), LOG_LEVEL: "none" },
      stdio: "ignore",
      detached: true
    })
  const stop = async (child: ReturnType<typeof start>) => {
    const ended = once(child, "exit")
    process.kill(-(child.pid ?? 0), "SIGTERM")
    await ended
    await sleep(500)
  }

  const browser = await launch()
  const page = await browser.newPage()
  const timed = async (work: () => Promise<unknown>) => {
    const before = performance.now()
    await work()
    return performance.now() - before
  }
  /** Chromium's own error pages would take a core: it is not asked before somebody answers. */
  const opened = async () => {
    while (
      !(await fetch(url, { method: "HEAD" }).then(
        ({ ok }) => ok,
        () => false
      ))
    )
      await sleep(10)
    await page.goto(url)
  }
  const shows = async (text: string) => {
    await page.waitForFunction((it) => document.querySelector("label[for=text]")?.textContent === it, text, longTimeout)
    await page.waitForFunction(
      (it) => document.querySelector<HTMLInputElement>("#text")?.value === it,
      typed,
      longTimeout
    )
  }

  const first: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const before = performance.now()
    const child = start()
    await opened()
    first.push(performance.now() - before)
    await stop(child)
  }

  const child = start()
  await opened()
  await page.waitForFunction(() => document.documentElement.dataset["build"] !== undefined, undefined, longTimeout)
  await page.fill("#text", typed)
  const view = "src/features/todo/startSection.tsx"
  const layer = "src/layers/node/Ids.ts"
  const sources = { view: read(view), layer: read(layer) }
  const times: Record<"view" | "layer" | "error" | "mended", Array<number>> = {
    view: [],
    layer: [],
    error: [],
    mended: []
  }
  for (let round = 0; round < rounds; round++) {
    await sleep(settled)
    const label = `What needs doing in round ${round}?`
    const changed = sources.view.replace("What needs doing?", label)
    times.view.push(
      await timed(async () => {
        write(view, changed)
        await shows(label)
      })
    )
    await sleep(settled)
    const before = await page.getAttribute("html", "data-build")
    times.layer.push(
      await timed(async () => {
        write(layer, `${sources.layer}\nexport const round = ${round}\n`)
        await page.waitForFunction(
          (it) => ![undefined, it].includes(document.documentElement.dataset["build"]),
          before ?? undefined,
          longTimeout
        )
        await shows(label)
      })
    )
    await sleep(settled)
    times.error.push(
      await timed(async () => {
        write(view, `const = 1\n${changed}`)
        await page.waitForSelector("#dev-problem", longTimeout)
      })
    )
    await sleep(settled)
    times.mended.push(
      await timed(async () => {
        write(view, changed)
        await page.waitForFunction(
          () =>
            document.querySelector("#dev-problem") === null && document.documentElement.dataset["build"] !== undefined,
          undefined,
          longTimeout
        )
        await shows(label)
      })
    )
  }
  await browser.close()
  await stop(child)

  const figures = { first: spread(first), view: spread(times.view), layer: spread(times.layer) }
  table(
    ["from", "to", "ms"],
    [
      ["npm run dev", "the first page", show(figures.first)],
      ["a changed view", "on screen", show(figures.view)],
      ["a changed Layer", "on screen", show(figures.layer)],
      ["a syntax error", "on screen", show(spread(times.error))],
      ["its fix", "on screen", show(spread(times.mended))]
    ]
  )
  target("ms to the first page", figures.first.median, "at most", 3000)
  target("ms to a changed view", figures.view.median, "at most", 1000)
  target("ms to a changed Layer", figures.layer.median, "at most", 2000)
})
