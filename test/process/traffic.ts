// Writers that send commands continuously during a test, each command with its own key, and a final
// check that the log contains each as acknowledged, once.
import { setInterval } from "node:timers/promises"
import { expect } from "vitest"
import { type ClientResponse, decodeNewList, decodeNewTodo, type LoggedEvent } from "./client.ts"
import { expectGapFree, readLog } from "./streams.ts"

/** Sends a command once, or retries until it is acknowledged. */
export type Send = (path: string, body: unknown, key: string) => Promise<ClientResponse>

/** A list holds 1,000 todos. */
const perList = 900

export interface TrafficOptions {
  /** Prefix of the todos' texts. */
  readonly name?: string
  readonly writers?: number
  /** Milliseconds between a writer's commands: starting processes need CPU time as well. */
  readonly writeInterval?: number
}

export const startTraffic = (
  send: Send,
  { name: prefix = "command", writeInterval: pace = 20, writers = 24 }: TrafficOptions = {}
) => {
  const answered = new Map<string, { readonly listId: string; readonly version: number; readonly sequence: number }>()
  const failures: Array<string> = []
  let isOver = false

  /** The response, if it has the expected status. */
  const command = async (path: string, body: unknown, key: string) => {
    const answer = await send(path, body, key).catch((error: unknown) => `${error}`)
    if (typeof answer !== "string" && answer.status === 201) return answer.text
    failures.push(typeof answer === "string" ? answer : `${answer.status} ${answer.text}`)
    return undefined
  }
  const write = async (writer: number) => {
    let listId: string | undefined
    let count = 0
    for await (const _ of setInterval(pace)) {
      if (isOver) return
      const name = `${prefix}-${writer}-${count}`
      if (count++ % perList === 0 || listId === undefined) {
        const text: string | undefined = await command("/api/lists", {}, `list-of-${name}`)
        listId = text === undefined ? undefined : decodeNewList(text).listId
      }
      if (listId === undefined) continue
      const added: string | undefined = await command(`/api/lists/${listId}/todos`, { text: name }, name)
      if (added === undefined) continue
      const { sequence, version } = decodeNewTodo(added)
      answered.set(name, { listId, version, sequence })
    }
  }
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))

  const settled = async () => {
    isOver = true
    await all
    expect(failures).toEqual([])
  }
  /** Checks that these events contain each command as acknowledged, and no other todo. */
  const check = (log: ReadonlyArray<LoggedEvent>) => {
    const added = log.flatMap(({ aggregateId, payload, sequence, version }) =>
      payload.text === undefined ? [] : [[payload.text, { listId: aggregateId, version, sequence }] as const]
    )
    expect(added.length).toBe(answered.size)
    expect(new Map(added)).toEqual(answered)
  }
  return {
    answered: () => answered.size,
    stop: () => {
      isOver = true
    },
    /** Stops; resolves when the last command is acknowledged. */
    settled,
    check,
    /** Stops; then checks the log of the server at `url` for exactly the acknowledged commands. */
    finish: async (url: string) => {
      await settled()
      const log = await readLog(url)
      expectGapFree(log)
      check(log)
    }
  }
}
