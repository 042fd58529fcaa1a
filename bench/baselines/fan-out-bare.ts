// Baseline: fan-out with `node:http` alone; each tick is encoded once into a shared buffer.
import type { ServerResponse } from "node:http"
import { answer, Publish } from "../support/calls.ts"
import { pace } from "../support/clock.ts"
import { listen } from "../support/listen.ts"
import { comment, frame, streamHeaders, ticked } from "../support/samples.ts"

const responses = new Set<ServerResponse>()
let sequence = 0

answer(Publish, async (asked) => {
  const first = sequence + 1
  const seconds = await pace(asked, (count) => {
    const frames = Array.from({ length: count }, () => frame(ticked(++sequence)))
    const buffer = Buffer.from(frames.join(""))
    for (const response of responses) response.write(buffer)
  })
  return { first, last: sequence, seconds }
})

listen((_, response) => {
  responses.add(response)
  response.on("close", () => responses.delete(response))
  response.writeHead(200, streamHeaders)
  response.write(comment)
})
