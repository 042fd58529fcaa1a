// Who has a page open and who edits which row: counted on this node, merged with the reports of the
// other nodes, and kept in memory only. Reports are batched by the second; what is not renewed
// expires. Nodes without a common bus (EVENT_BUS=memory) count their own viewers only.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import { EventBus } from "../eventBus/EventBus.ts"

/** The interval of reports, to viewers and to other nodes. */
const interval = "1 second"
/** Milliseconds between two reports of a page, for each of its viewers: 1 s for 2,000. */
const pausePerViewer = 0.5
/** Milliseconds after which an unchanged page is reported again to other nodes. */
const renewAfter = 6000
/** Milliseconds without a report after which another node's viewers count as gone. */
const goneAfter = 18_000
/** Milliseconds for which an edit is shown after it was last reported. */
const editFor = 8000
/** Edits of a page that are kept, and those that are reported. */
const maxEdits = 100
const maxReported = 20

const topic = "presence"

/** Somebody who edits a row; the name is empty if they have none. */
export interface Edit {
  readonly row: string
  readonly name: string
}
export interface Present {
  readonly viewers: number
  readonly editing: ReadonlyArray<Edit>
}
/** The state of a page that nobody else has open. */
export const alone: Present = { viewers: 1, editing: [] }

/** A node's report of a page. */
const Report = Schema.Tuple(
  Schema.String,
  Schema.NonNegativeInt,
  Schema.Array(Schema.Tuple(Schema.String, Schema.String))
)
const decodeReport = Schema.decodeUnknownOption(Report)

interface Page {
  /** Open feeds by viewer. */
  readonly viewers: Map<string, number>
  readonly edits: Map<string, Edit & { readonly until: number }>
  /** Reports of other nodes, by instance. */
  readonly others: Map<string, Present & { readonly until: number }>
  /** As last shown to viewers. */
  present: Present
  isChanged: boolean
  isUntold: boolean
  quietUntil: number
  toldAt: number
}

const deleteExpired = (entries: Map<string, { readonly until: number }>, now: number) => {
  let isAny = false
  for (const [key, { until }] of entries) if (until <= now) isAny = entries.delete(key)
  return isAny
}

const editsOf = ({ edits }: Page): ReadonlyArray<Edit> =>
  Array.from(edits.values(), ({ name, row }) => ({ row, name })).slice(0, maxReported)

const merged = (page: Page): Present => {
  const others = [...page.others.values()]
  const viewers = others.reduce((sum, it) => sum + it.viewers, page.viewers.size)
  const editing = [editsOf(page), ...others.map(({ editing }) => editing)].flat().slice(0, maxReported)
  return viewers === 1 && editing.length === 0 ? alone : { viewers, editing }
}
const isSame = (a: Present, b: Present) =>
  a.viewers === b.viewers && JSON.stringify(a.editing) === JSON.stringify(b.editing)

export class Presence extends Context.Tag("evenstar/Presence")<
  Presence,
  {
    /** Counts one more feed of a viewer; feeds of the same viewer count once. */
    readonly enter: (page: string, viewer: string) => void
    readonly leave: (page: string, viewer: string) => void
    /** Reports what a viewer edits, for some seconds; undefined: nothing any more. */
    readonly edit: (page: string, viewer: string, edit: Edit | undefined) => void
    /** As of the last report; the same object until it changes. */
    readonly of: (page: string) => Present
    /**
     * Calls back at most once a second and page, after somebody came, went or edited, also if the
     * state is the same again.
     */
    readonly onChange: (listener: (page: string) => void) => Effect.Effect<void, never, Scope.Scope>
  }
>() {
  static readonly layer = Layer.scoped(
    Presence,
    Effect.gen(function* () {
      const bus = yield* EventBus
      const clock = yield* Effect.clock
      const now = () => unsafeMonotonicMillis(clock)
      const pages = new Map<string, Page>()
      const listeners = new Set<(page: string) => void>()

      const pageOf = (key: string): Page => {
        const known = pages.get(key)
        if (known !== undefined) return known
        const page: Page = {
          viewers: new Map(),
          edits: new Map(),
          others: new Map(),
          present: alone,
          isChanged: false,
          isUntold: false,
          quietUntil: 0,
          toldAt: 0
        }
        pages.set(key, page)
        return page
      }
      const change = (page: Page) => {
        page.isChanged = true
        page.isUntold = true
      }

      const show = (key: string, page: Page, at: number) => {
        page.isChanged = false
        page.quietUntil = at + page.viewers.size * pausePerViewer
        const next = merged(page)
        if (!isSame(page.present, next)) page.present = next
        for (const listener of listeners) listener(key)
      }
      const reportOf = (key: string, page: Page): typeof Report.Type => [
        key,
        page.viewers.size,
        editsOf(page).map(({ name, row }) => [row, name] as const)
      ]
      yield* Effect.sync(() => {
        const at = now()
        const reports: Array<typeof Report.Type> = []
        for (const [key, page] of pages) {
          if (page.edits.size > 0 && deleteExpired(page.edits, at)) change(page)
          if (page.others.size > 0 && deleteExpired(page.others, at)) page.isChanged = true
          if (at >= page.quietUntil && page.isChanged) show(key, page, at)
          if ((page.isUntold && !page.isChanged) || at - page.toldAt >= renewAfter) {
            page.isUntold = false
            page.toldAt = at
            reports.push(reportOf(key, page))
          }
          if (page.viewers.size + page.edits.size === 0 && !page.isUntold) pages.delete(key)
        }
        if (reports.length > 0) bus.tell(topic, reports)
      }).pipe(Effect.repeat(Schedule.spaced(interval)), Effect.forkScoped)
      // Without this, those who reconnect to another node would count twice until this one expires.
      yield* Effect.addFinalizer(() =>
        Effect.sync(() =>
          bus.tell(
            topic,
            Array.from(pages.keys(), (key) => [key, 0, []])
          )
        )
      )

      yield* bus.onNotice(topic, (items, from) => {
        for (const item of items) {
          // A page that is opened here later is reported again by the nodes that hear of it.
          const isOpen = Array.isArray(item) && typeof item[0] === "string" && pages.has(item[0])
          const report = isOpen ? Option.getOrUndefined(decodeReport(item)) : undefined
          if (report === undefined) continue
          const [key, viewers, edits] = report
          const page = pageOf(key)
          const before = page.others.get(from)
          const until = now() + goneAfter
          if (viewers + edits.length === 0) page.others.delete(from)
          else page.others.set(from, { viewers, editing: edits.map(([row, name]) => ({ row, name })), until })
          const next = page.others.get(from)
          if (before === undefined && next !== undefined) page.isUntold = true
          if (before === undefined || next === undefined || !isSame(before, next)) page.isChanged = true
        }
      })

      return {
        enter: (key, viewer) => {
          const page = pageOf(key)
          page.viewers.set(viewer, (page.viewers.get(viewer) ?? 0) + 1)
          change(page)
        },
        leave: (key, viewer) => {
          const page = pages.get(key)
          const count = page?.viewers.get(viewer)
          if (page === undefined || count === undefined) return
          if (count > 1) page.viewers.set(viewer, count - 1)
          else {
            page.viewers.delete(viewer)
            page.edits.delete(viewer)
          }
          change(page)
        },
        edit: (key, viewer, edit) => {
          const page = pageOf(key)
          if (edit === undefined) {
            if (page.edits.delete(viewer)) change(page)
            return
          }
          const before = page.edits.get(viewer)
          if (before === undefined && page.edits.size >= maxEdits) return
          page.edits.set(viewer, { ...edit, until: now() + editFor })
          if (before?.row !== edit.row || before.name !== edit.name) change(page)
        },
        of: (key) => pages.get(key)?.present ?? alone,
        onChange: (listener) =>
          Effect.asVoid(
            Effect.acquireRelease(
              Effect.sync(() => listeners.add(listener)),
              () => Effect.sync(() => listeners.delete(listener))
            )
          )
      }
    })
  )
}
