// Clients whose dashboard is restricted to one aggregate: read access is checked again whenever the
// aggregate changes.
import * as Effect from "effect/Effect"
import type { CurrentVisitor } from "../account/Visitor.ts"
import type { SseConnection } from "../sse/SseConnection.ts"
import { makeTicker } from "../sse/ticker.ts"
import type { ReadableSubject } from "./Subjects.ts"

interface Viewer {
  readonly stream: SseConnection
  readonly actor: CurrentVisitor | null
}

export const makeSubjectViewers = Effect.fnUntraced(function* ({ onChange, readers }: ReadableSubject) {
  const viewers = new Map<string, Set<Viewer>>()
  const changed = new Set<string>()

  /** Reads the aggregate once for all its viewers. */
  const endUnreadable = (id: string) =>
    Effect.map(readers(id), (mayRead) => {
      for (const { actor, stream } of viewers.get(id) ?? []) if (!mayRead(actor)) stream.end()
    }).pipe(Effect.catchAll((error) => Effect.logDebug("Read access of analytics feeds could not be checked", error)))
  const scheduleTick = yield* makeTicker(
    Effect.suspend(() => {
      const now = [...changed]
      changed.clear()
      return Effect.forEach(now, endUnreadable, { discard: true })
    })
  )
  yield* onChange((id) => {
    if (!viewers.has(id)) return
    changed.add(id)
    scheduleTick()
  })

  return {
    add: (id: string, viewer: Viewer) => void viewers.set(id, (viewers.get(id) ?? new Set()).add(viewer)),
    delete: (id: string, viewer: Viewer) => {
      const others = viewers.get(id)
      others?.delete(viewer)
      if (others?.size === 0) viewers.delete(id)
    }
  }
})
