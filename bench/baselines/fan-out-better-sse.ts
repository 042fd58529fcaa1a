// Baseline: fan-out with better-sse, a session for each client and one broadcasting channel.
import { createChannel, createSession } from "better-sse"
import { answer, Publish } from "../support/calls.ts"
import { pace } from "../support/clock.ts"
import { listen } from "../support/listen.ts"
import { ticked } from "../support/samples.ts"

const channel = createChannel()
let sequence = 0

answer(Publish, async (asked) => {
  const first = sequence + 1
  const seconds = await pace(asked, (count) => {
    for (let sent = 0; sent < count; sent++) {
      const event = ticked(++sequence)
      channel.broadcast(event, event.eventType, { eventId: String(event.sequence) })
    }
  })
  return { first, last: sequence, seconds }
})

listen((request, response) => {
  createSession(request, response).then((session) => channel.register(session))
})
