// A raw client that reads `/events` from a position and checks for missing and duplicate events.
import { answer, CatchUp } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { Ids, wholeFrames } from "../support/frames.ts"
import { openStream } from "../support/raw.ts"

answer(
  CatchUp,
  ({ after, last, port }) =>
    new Promise((resolve) => {
      const started = clock()
      const ids = new Ids((id) => {
        if (id < last) return
        socket.resetAndDestroy()
        const faults = ids.faults + (ids.first === after + 1 ? 0 : 1)
        resolve({ seconds: (clock() - started) / 1000, faults, bytes: ids.bytes })
      })
      const frames = wholeFrames(ids.read)
      const socket = openStream(port, `/events?after=${after}`, { onBytes: frames, onClose: () => undefined })
    })
)
