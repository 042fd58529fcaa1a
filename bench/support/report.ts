// Output of a benchmark: tables, targets, and the surrounding frame.
import { cpus } from "node:os"
import type { Spread } from "./stats.ts"

/** `BENCH_QUICK=1`: short rounds to test that everything runs; the figures are meaningless. */
export const quick = process.env["BENCH_QUICK"] === "1"

const significant = (value: number) => {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(2)}M`
  if (Math.abs(value) >= 10_000) return `${(value / 1000).toFixed(1)}k`
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Formats a number, or a median with `(min..max)`. */
export const show = (value: number | Spread, unit = ""): string => {
  if (typeof value === "number") return significant(value) + unit
  return `${significant(value.median)}${unit} (${significant(value.min)}..${significant(value.max)})`
}

export const note = (text: string) => console.log(text)

export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
  console.log([line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line), ""].join("\n"))
}

export interface Target {
  readonly what: string
  readonly figure: string
  readonly wanted: string
  readonly met: boolean
}

const reached: Array<Target> = []

/** Records a target: `value` must be at least, or at most, `limit`. */
export const target = (what: string, value: number, bound: "at least" | "at most", limit: number, unit = "") => {
  const met = bound === "at least" ? value >= limit : value <= limit
  reached.push({ what, figure: show(value, unit), wanted: `${bound} ${show(limit, unit)}`, met })
}

/** The outcome, summed up by `bench/run.ts`. */
export interface Outcome {
  readonly name: string
  readonly missed: ReadonlyArray<string>
  readonly met: number
}

/** Runs a benchmark as this process; exit code 1 only on an error, not for missed targets. */
export const benchmark = async (name: string, title: string, body: () => Promise<void>) => {
  console.log(`\n== ${name}: ${title}`)
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "?"}${quick ? ", QUICK" : ""}\n`)
  const started = Date.now()
  try {
    await body()
  } catch (error) {
    console.error(`${name} failed:`, error)
    process.exit(1)
  }
  if (reached.length > 0) {
    table(
      ["target", "figure", "wanted", ""],
      reached.map(({ figure, met, wanted, what }) => [what, figure, wanted, met ? "met" : "MISSED"])
    )
  }
  console.log(`${name} took ${Math.round((Date.now() - started) / 1000)} s`)
  const missed = reached.filter(({ met }) => !met).map(({ figure, wanted, what }) => `${what}: ${figure}, ${wanted}`)
  const outcome: Outcome = { name, missed, met: reached.length - missed.length }
  if (process.send === undefined) process.exit(0)
  process.send(outcome, () => process.exit(0))
}
