// The wall clock jumps an hour back and forth while the server runs (libfaketime rereads its file):
// the log, open feeds, analytics and sessions are unaffected, also after a restart.
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { decodeChange, decodeEvent, keepAlive, type LoggedEvent } from "./client.ts"
import { faketime } from "./faketime.ts"
import { checkConsecutive, expectGapFree, openStream, readLog } from "./streams.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

const hour = 3_600_000
const decodeResult = Schema.decodeSync(Schema.parseJson(Schema.Struct({ sequence: Schema.Number })))

const library = () => {
  if (faketime === undefined) throw new Error("This test needs Debian's package faketime")
  return faketime
}

const settableClock = (file: string) => ({
  env: {
    LD_PRELOAD: library(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1"
  },
  /** Offsets the server's clock by hours from now on. */
  set: (hours: number) => {
    writeFileSync(`${file}.new`, `${hours < 0 ? "" : "+"}${hours * 3600}\n`)
    renameSync(`${file}.new`, file)
  }
})

describe("wall clock steps", () => {
  it("leave no gap in the log, close no feed and end no session", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const clock = settableClock(join(directory, "clock"))
    clock.set(0)
    const seen: Array<LoggedEvent> = []
    const order = checkConsecutive()
    const sessions: Array<{ readonly cookie: string; readonly listId: string; readonly text: string }> = []

    /** A list that only its session can open. */
    const newSession = async (url: string, text: string) => {
      const body = new URLSearchParams({ text })
      const made = await fetch(`${url}/lists`, { method: "POST", body, redirect: "manual" })
      const cookie = made.headers.get("set-cookie")?.split(";")[0] ?? ""
      const listId = made.headers.get("location")?.split("/").at(-1) ?? ""
      const client = keepAlive(url, 1)
      const hidden = await client.send("PATCH", `/api/lists/${listId}`, '{"access":"private"}', { cookie })
      client.close()
      expect(hidden.status).toBe(200)
      const session = { cookie, listId, text }
      sessions.push(session)
      return session
    }

    const run = async (hours: ReadonlyArray<number>) => {
      const server = await serve({ ...clock.env, SESSION_TTL: "10 minutes" })
      const { url } = server
      const client = keepAlive(url, 4)
      const { cookie, listId } = sessions[0] ?? (await newSession(url, "made before"))
      const events = await openStream(
        url,
        "/events?after=0",
        (event) => {
          order.see(event)
          seen.push(decodeEvent(event.data))
        },
        order.last() === 0 ? {} : { "last-event-id": `${order.last()}` }
      )
      events.flow()
      let fragment = ""
      const see = ({ data }: { readonly data: string }) => {
        fragment = data
      }
      const feed = await openStream(url, `/lists/${listId}/feed`, see, { cookie })
      feed.flow()
      let boards = 0
      // With a fixed range: the default range ends the feed at midnight.
      const dashboard = await openStream(url, "/analytics/feed?from=", () => {
        boards++
      })
      dashboard.flow()
      await expect.poll(() => boards, pollOptions).toBeGreaterThan(0)

      for (const offset of hours) {
        clock.set(offset)
        let added = 0
        const add = async () => {
          const body = JSON.stringify({ text: `at ${offset}, ${++added}.` })
          const answer = await client.send("POST", `/api/lists/${listId}/todos`, body, { cookie })
          expect(answer.status).toBe(201)
          const { sequence } = decodeChange(answer.text)
          await expect.poll(() => order.last(), pollOptions).toBe(sequence)
          await expect.poll(() => fragment, pollOptions).toContain(`at ${offset}, ${added}.`)
          // Two queries about the last seconds: both show an hour without progress.
          const before = boards
          const computed = async () =>
            decodeResult((await client.send("GET", "/api/analytics/daily_counts")).text).sequence
          await expect.poll(computed, pollOptions).toBeGreaterThanOrEqual(sequence)
          await expect.poll(() => boards, pollOptions).toBeGreaterThan(before + 1)
          const occurredAt = seen.at(-1)?.occurredAt ?? ""
          return Math.round((Date.parse(occurredAt) - Date.now()) / hour) + 0
        }
        await expect.poll(add, pollOptions).toBe(offset)
        await newSession(url, `made at ${offset}`)
        for (const session of sessions) {
          const own = { cookie: session.cookie }
          await expect
            .poll(async () => (await client.send("GET", "/", "", own)).text, pollOptions)
            .toContain(session.text)
          expect((await client.send("GET", `/lists/${session.listId}`, "", own)).text).toContain(session.text)
          expect((await client.send("GET", `/lists/${session.listId}`)).status).toBe(404)
        }
        expect(await add()).toBe(offset)
      }
      expect([events.isOpen(), feed.isOpen(), dashboard.isOpen()]).toEqual([true, true, true])
      expect((await client.send("GET", "/health")).status).toBe(200)
      const log = await readLog(url)
      expectGapFree(log)
      await expect.poll(() => seen, pollOptions).toEqual(log)
      expect(order.faults).toEqual([])
      client.close()
      expect(await server.stop("SIGTERM")).toBe(0)
    }

    await run([0, -1, 0, 1, -1])
    await run([-1, 0])
  }, 120_000)
})
