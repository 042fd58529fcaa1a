// `kill -9` at random points under 64 concurrent writers, for many rounds on one log: acknowledged
// commands are stored once, the log has no gap, and a client that resumes with its last id receives
// each event once.
import { describe, expect, it } from "vitest"
import type { Process } from "../http/server.ts"
import {
  type Client,
  decodeEvent,
  decodeList,
  decodeNewTodo,
  keepAlive,
  type LoggedEvent,
  metric,
  newList,
  withIdempotencyKey
} from "./client.ts"
import { checkConsecutive, expectGapFree, openStream, readLog } from "./streams.ts"
import { makeWorkspace, pollOptions, random } from "./support.ts"

const writers = 64
const listsAtOnce = 16
/** A list holds 1,000 todos, and commands without a response may have been stored. */
const triesPerList = 900
/** Maximum of acknowledged commands per round: the kill follows after a random number of them. */
const commandsPerRound = 300
/** Each round starts a server; `CRASH_ROUNDS=50` searches longer. */
const rounds = Number(process.env["CRASH_ROUNDS"] ?? 20)

interface Command {
  readonly listId: string
  readonly text: string
}
interface Acknowledged extends Command {
  readonly todoId: string
  readonly sequence: number
  readonly version: number
}

/** Writers that outlive the server, each with its command that got no response. */
const writing = () => {
  const acknowledged: Array<Acknowledged> = []
  const unanswered = new Map<number, Command>()
  const lists: Array<{ readonly listId: Promise<string>; tries: number }> = []
  let commands = 0

  const listOf = (client: Client, writer: number): Promise<string> => {
    const slot = writer % listsAtOnce
    const current = lists[slot]
    if (current !== undefined && current.tries++ < triesPerList) return current.listId
    const listId = newList(client)
    lists[slot] = { listId, tries: 1 }
    // Lost in the crash: the next one creates another.
    listId.catch(() => delete lists[slot])
    return listId
  }

  const write = async (client: Client, writer: number, repeats: boolean) => {
    const before = repeats ? unanswered.get(writer) : undefined
    const command = before ?? { listId: await listOf(client, writer), text: `command ${++commands}` }
    unanswered.set(writer, command)
    const { status, text } = await client.post(
      `/api/lists/${command.listId}/todos`,
      { text: command.text },
      repeats ? withIdempotencyKey(command.text) : {}
    )
    unanswered.delete(writer)
    // Four writers share a list: one may exhaust its three attempts.
    expect([201, 409]).toContain(status)
    if (status === 201) acknowledged.push({ ...command, ...decodeNewTodo(text) })
  }

  return {
    acknowledged,
    unanswered,
    /** Runs all writers until the server has acknowledged this many more commands and is killed. */
    untilKilled: async ({ stop, url }: Process, more: number, repeats = false) => {
      const client = keepAlive(url, writers)
      const target = acknowledged.length + more
      let killed: Promise<unknown> | undefined
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          while (killed === undefined) {
            await write(client, writer, repeats).catch((error: unknown) => {
              if (killed === undefined) throw error
            })
            if (acknowledged.length >= target) killed ??= stop("SIGKILL")
          }
        })
      )
      client.close()
      await killed
    }
  }
}

const seeded = (onTestFailed: (report: () => void) => void) => {
  const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32))
  onTestFailed(() => console.error(`The kill points were those of CRASH_SEED=${seed}`))
  return random(seed)
}

const isStored = (log: ReadonlyArray<LoggedEvent>, { listId, sequence, todoId, version }: Acknowledged) => {
  const event = log[sequence - 1]
  return event?.aggregateId === listId && event.version === version && event.payload.todoId === todoId
}

describe("kill -9", () => {
  it("loses, repeats and reorders nothing in many rounds, in the log and for resuming clients", async ({
    onTestFailed,
    onTestFinished
  }) => {
    const nextRandom = seeded(onTestFailed)
    const { serve } = makeWorkspace(onTestFinished)
    const { acknowledged, untilKilled } = writing()
    const order = checkConsecutive()
    const seen: Array<string> = []
    const follow = async (url: string) => {
      const resume: Record<string, string> = order.last() === 0 ? {} : { "last-event-id": `${order.last()}` }
      const stream = await openStream(
        url,
        "/events?after=0",
        (event) => {
          order.see(event)
          seen.push(decodeEvent(event.data).eventId)
        },
        resume
      )
      stream.flow()
      return stream
    }

    for (let round = 0; round < rounds; round++) {
      const server = await serve()
      const stream = await follow(server.url)
      await untilKilled(server, Math.floor(nextRandom() * commandsPerRound))
      await stream.ended
    }

    const { stop, url } = await serve()
    const last = await follow(url)
    const log = await readLog(url)
    await expect.poll(() => seen.length, pollOptions).toBe(log.length)
    await last.close()

    const versions = expectGapFree(log)
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(acknowledged.filter((it) => !isStored(log, it))).toEqual([])
    const todoIds = log.flatMap(({ payload }) => payload.todoId ?? [])
    expect(new Set(todoIds).size).toBe(todoIds.length)
    expect(order.faults).toEqual([])
    expect(seen).toEqual(log.map(({ eventId }) => eventId))

    const client = keepAlive(url, 1)
    for (const [listId, version] of versions) {
      const list = decodeList((await client.send("GET", `/api/lists/${listId}`)).text)
      expect([list.version, list.todos.length]).toEqual([version, version - 1])
    }
    client.close()
    expect(await stop("SIGTERM")).toBe(0)
  }, 600_000)

  it("executes a command once when it is repeated with its Idempotency-Key after a crash", async ({
    onTestFailed,
    onTestFinished
  }) => {
    const nextRandom = seeded(onTestFailed)
    const { serve } = makeWorkspace(onTestFinished)
    const { acknowledged, unanswered, untilKilled } = writing()
    // The relevant case is a command stored without a response: repeat until some occurred.
    let storedUnanswered = 0
    for (let round = 0; round < 30 && (round < 5 || storedUnanswered < 10); round++) {
      const server = await serve()
      const head = await metric(server.url, "evenstar_log_head_sequence")
      const repeated = new Set([...unanswered.values()].map(({ text }) => text))
      const before = acknowledged.length
      await untilKilled(server, writers + Math.floor(nextRandom() * commandsPerRound), true)
      const answers = acknowledged.slice(before)
      storedUnanswered += answers.filter(({ sequence, text }) => sequence <= head && repeated.has(text)).length
    }
    expect(storedUnanswered).toBeGreaterThan(0)
    const { url } = await serve()
    const log = await readLog(url)
    const texts = log.flatMap(({ payload }) => payload.text ?? [])
    expect(new Set(texts).size).toBe(texts.length)
    expect(acknowledged.filter((it) => !isStored(log, it))).toEqual([])
  }, 120_000)
})
