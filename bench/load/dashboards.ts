// Open dashboards with distinct date ranges, so that none shares a query.
import { answer, OpenDashboards, Shown } from "../support/calls.ts"
import { Ids, wholeFrames } from "../support/frames.ts"
import { openStream } from "../support/raw.ts"

let frames = 0

const open = (port: number, index: number) =>
  new Promise<void>((resolve) => {
    const ids = new Ids(() => {
      frames++
      resolve()
    })
    const take = wholeFrames(ids.read)
    const from = `2020-01-${String(index + 1).padStart(2, "0")}`
    openStream(port, `/analytics/feed?from=${from}`, { onBytes: take })
  })

answer(OpenDashboards, async ({ dashboards, port }) => {
  await Promise.all(Array.from({ length: dashboards }, (_, index) => open(port, index)))
  return {}
})

answer(Shown, () => {
  const shown = { frames }
  frames = 0
  return shown
})
