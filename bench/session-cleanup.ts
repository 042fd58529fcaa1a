// `cleanupExpired` with 1,000,000 expired sessions and some thousand live ones: the event loop's
// longest delay. Baseline: one DELETE of all on a copy of the file. Target: 20 ms.
import { closeSync, copyFileSync, fsyncSync, openSync } from "node:fs"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { SessionStore } from "../src/layers/sessions/SessionStore.ts"
import { fileSystem, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { sleep } from "./support/rounds.ts"
import { openDatabase, prefillSessions, sessionStore } from "./support/sessions.ts"
import { spread } from "./support/stats.ts"

const expired = quick ? 30_000 : 1_000_000
const live = quick ? 500 : 5000
const rounds = quick ? 1 : 3
const day = 86_400_000
/** Seconds of an idle process, to measure the machine's own noise. */
const idleSeconds = quick ? 1 : 5
/** Milliseconds. */
const settle = 20

interface Figures {
  readonly seconds: number
  /** Event loop delay in milliseconds, maximum and 99th percentile. */
  readonly max: number
  readonly p99: number
  /** Rows wrongly deleted or kept. */
  readonly faults: number
}

const watch = async (work: () => Promise<void> | void): Promise<Omit<Figures, "faults">> => {
  globalThis.gc?.()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  // The monitor's first tick measures nothing, and a delay shows in the tick after it.
  await sleep(settle)
  const started = performance.now()
  await work()
  const seconds = (performance.now() - started) / 1000
  await sleep(settle)
  delay.disable()
  return { seconds, max: delay.max / 1e6, p99: delay.percentile(99) / 1e6 }
}

const faults = (directory: string) => {
  const database = openDatabase(directory)
  const left = Number(database.prepare("SELECT COUNT(*) FROM sessions").pluck().get())
  const dead = Number(database.prepare("SELECT COUNT(*) FROM sessions WHERE expires_at <= ?").pluck().get(Date.now()))
  database.close()
  return Math.abs(left - live) + dead
}

const flush = (directory: string) => {
  const file = openSync(join(directory, "evenstar.db"), "r+")
  fsyncSync(file)
  closeSync(file)
}

const round = async () => {
  const ours = temporary()
  const theirs = temporary()
  const store = sessionStore(ours)
  const { cleanupExpired } = await store.runPromise(SessionStore)
  // After the start, because a starting store cleans up.
  prefillSessions(ours, 0, expired, Date.now() - 31 * day)
  prefillSessions(ours, expired, live, Date.now() - day)
  copyFileSync(join(ours, "evenstar.db"), join(theirs, "evenstar.db"))

  // Flushes the setup's writes before measuring.
  flush(ours)
  flush(theirs)

  const idle = await watch(() => sleep(idleSeconds * 1000))
  let deleted = 0
  const evenstar = await watch(async () => {
    deleted = await store.runPromise(cleanupExpired)
  })
  await store.dispose()

  const database = openDatabase(theirs)
  const statement = database.prepare("DELETE FROM sessions WHERE expires_at <= ?")
  const plain = await watch(() => void statement.run(Date.now()))
  database.close()
  return {
    idle: { ...idle, faults: 0 },
    evenstar: { ...evenstar, faults: Math.abs(deleted - expired) + faults(ours) },
    plain: { ...plain, faults: faults(theirs) }
  }
}

await benchmark("session-cleanup", `${show(expired)} expired and ${show(live)} live sessions`, async () => {
  note(`On ${fileSystem(temporary())}; ${rounds} rounds\n`)
  const results: Array<Awaited<ReturnType<typeof round>>> = []
  for (let turn = 0; turn < rounds; turn++) results.push(await round())

  const of = (name: keyof Awaited<ReturnType<typeof round>>, field: keyof Figures) =>
    spread(results.map((result) => result[name][field]))
  const row = (title: string, name: keyof Awaited<ReturnType<typeof round>>) => [
    title,
    show(of(name, "max")),
    show(of(name, "p99")),
    show(of(name, "seconds")),
    String(of(name, "faults").max)
  ]
  table(
    ["", "longest delay ms", "p99 ms", "seconds", "faults"],
    [row("cleanupExpired", "evenstar"), row("one DELETE", "plain"), row("nothing to do", "idle")]
  )
  target("longest delay of the event loop", of("evenstar", "max").max, "at most", 20, " ms")
  target("sessions wrongly deleted or kept", of("evenstar", "faults").max, "at most", 0)
})
