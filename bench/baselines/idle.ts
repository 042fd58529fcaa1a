// Baseline: idle streams with `node:http` alone, a set of responses and one heartbeat timer.
import type { ServerResponse } from "node:http"
import { answer, Imitate } from "../support/calls.ts"
import { listen } from "../support/listen.ts"
import { comment } from "../support/samples.ts"

interface Response {
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: string
}
const none: Response = { headers: [], body: comment }

const responses = new Set<ServerResponse>()
let events = none
let feed = none

answer(Imitate, (like) => {
  events = like.events
  feed = like.feed
  return {}
})

setInterval(() => {
  for (const response of responses) response.write(comment)
}, 15_000)

listen((request, response) => {
  const { body, headers } = request.url?.startsWith("/events") ? events : feed
  responses.add(response)
  response.on("close", () => responses.delete(response))
  response.writeHead(200, Object.fromEntries(headers))
  response.write(body)
})
