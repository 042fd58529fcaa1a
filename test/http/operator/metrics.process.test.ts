// /metrics in Prometheus' text format: each metric once, with a description, a type and one unit.
import { expect, it } from "vitest"
import { serverForFile } from "../server.ts"

const server = serverForFile({ STREAM_LIMIT: "0" })

it("/metrics declares each metric once, before its samples", async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text.endsWith("\n")).toBe(true)
  const names: Array<string> = []
  let helped = ""
  for (const line of text.trimEnd().split("\n")) {
    const [, help] = /^# HELP (evenstar_[a-z_]+) [A-Z0-9].*\.$/.exec(line) ?? []
    if (help !== undefined) {
      helped = help
      names.push(help)
      continue
    }
    const [, typed, type] = /^# TYPE (evenstar_[a-z_]+) (counter|gauge)$/.exec(line) ?? []
    if (typed !== undefined) {
      expect(typed).toBe(helped)
      expect(type === "counter").toBe(typed.endsWith("_total"))
      continue
    }
    const [, sampled] = /^(evenstar_[a-z_]+)(?:\{\w+="[^"]*"\})? (?:[-+.\de]+|\+Inf)$/.exec(line) ?? []
    expect(sampled, line).toBe(helped)
  }
  expect(new Set(names).size).toBe(names.length)
  expect(names).toContain("evenstar_signal_commit_seconds")
  expect(names).not.toContain("evenstar_signal")
  expect(text).toContain("\nevenstar_signal_streams_threshold +Inf\n")
})
