// `npm run bench` runs all benchmarks, `npm run bench NAME…` the named ones, and prints the missed
// targets. Each runs in its own process, so that none inherits another's heap or compiled code.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Schema from "effect/Schema"

const names = [
  "append",
  "command",
  "fan-out",
  "idle",
  "presence",
  "lists",
  "long-lists",
  "latency",
  "catch-up",
  "compression",
  "sessions",
  "session-cleanup",
  "cache",
  "hit-ratio",
  "cached-query",
  "ingest",
  "queries",
  "dashboards",
  "static",
  "doorbell",
  "start",
  "dev-loop",
  "postgres-append",
  "cluster-latency",
  "cluster-scale",
  "capacity"
]

const Outcome = Schema.Struct({ name: Schema.String, met: Schema.Number, missed: Schema.Array(Schema.String) })
const isOutcome = Schema.is(Outcome)

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are ${names.join(", ")}.`)
  process.exit(1)
}

const summary: Array<string> = []
let broken = 0
for (const name of wanted.length > 0 ? wanted : names) {
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", join(import.meta.dirname, `${name}.ts`)], {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, forward)
  child.on("message", (received: unknown) => {
    if (!isOutcome(received)) return
    const { met, missed } = received
    summary.push(`${name}: ${met} of ${met + missed.length} targets met`, ...missed.map((line) => `  missed ${line}`))
  })
  const [code] = await once(child, "exit")
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, forward)
  if (code === 0) continue
  broken++
  summary.push(`${name}: failed`)
}
console.log(`\n${summary.join("\n")}`)
process.exit(broken > 0 ? 1 : 0)
