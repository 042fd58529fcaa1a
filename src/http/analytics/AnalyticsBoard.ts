// The rendered panels of one filter with the version of each: a client at version n is sent the
// panels that changed since n, encoded once for all clients at that version.
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import { Sequence } from "../../domain/StoredEvent.ts"
import type { AnalyticsError, QueryResult } from "../../layers/analytics/AnalyticsCache.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"
import { dashboard } from "../views/analytics/analytics.tsx"
import { type News, type PanelRequest, panelHtml } from "../views/analytics/panels.tsx"
import type { Results } from "../views/analytics/source.ts"
import type { Dashboard } from "./Dashboard.ts"

/** A defect's message is not shown to readers. */
const noReason = "This can't be shown now."

const newsOf = (exit: Exit.Exit<QueryResult, AnalyticsError>): News =>
  Exit.match(exit, {
    onSuccess: Either.right,
    onFailure: (cause) =>
      Either.left(Option.match(Cause.failureOption(cause), { onNone: () => noReason, onSome: (it) => it.message }))
  })

const headline = "headline"

/** Replaces one element by morphing, so that open details and focus elsewhere are kept. */
const partial = ([id, { html }]: readonly [string, Part]) =>
  `<hx-partial hx-target="#${id}" hx-swap="outerMorph">${html}</hx-partial>`

interface Part {
  readonly html: string
  /** The board's version at which this HTML changed. */
  readonly version: number
}

export class Board {
  /** Rises with each visible change. */
  version = 0
  private readonly news = new Map<string, News>()
  private readonly parts = new Map<string, Part>()
  private readonly due = new Set<string>()
  private readonly frames = new Map<number, Frame>()
  constructor(
    private readonly dashboard: typeof Dashboard.Service,
    private readonly shown: ReadonlyArray<PanelRequest>
  ) {}

  /** Takes a question's result; true if the question has just begun to fail. */
  take({ name }: Question, exit: Exit.Exit<QueryResult, AnalyticsError>): boolean {
    const known = this.news.get(name)
    this.news.set(name, newsOf(exit))
    this.due.add(name)
    return Exit.isFailure(exit) && (known === undefined || Either.isRight(known))
  }

  /** Every panel has a result or an error. */
  get isWhole() {
    return this.news.size === this.shown.length
  }

  /** Renders the panels whose results changed. */
  refresh() {
    if (!this.isWhole || this.due.size === 0) return
    const before = this.version
    for (const asked of this.shown) {
      const { name } = asked.question
      const news = this.due.has(name) ? this.news.get(name) : undefined
      if (news !== undefined) this.put(name, panelHtml(asked, news), before + 1)
    }
    this.due.clear()
    this.put(headline, this.dashboard.headline(this.shown, this.results, this.sequence), before + 1)
    if (this.version > before) this.frames.clear()
  }

  private put(id: string, html: string, version: number) {
    if (this.parts.get(id)?.html === html) return
    this.parts.set(id, { html, version })
    this.version = version
  }

  private get results(): Results {
    const results = new Map<string, QueryResult>()
    for (const [name, news] of this.news) if (Either.isRight(news)) results.set(name, news.right)
    return results
  }

  /** The lowest sequence of the results shown; undefined while there are only failures. */
  get sequence() {
    const sequences = [...this.results.values()].map(({ sequence }) => sequence)
    return sequences.length === 0 ? undefined : Sequence.make(Math.min(...sequences))
  }

  /** The complete HTML. */
  get html() {
    const htmlOf = (id: string) => this.parts.get(id)?.html ?? ""
    return dashboard(
      htmlOf(headline),
      this.shown.map(({ question }) => htmlOf(question.name))
    )
  }

  /** The frame that leads from `version` to the current one; from 0 the complete HTML. */
  frameSince(version: number): Frame {
    const known = this.frames.get(version)
    if (known !== undefined) return known
    const changed = [...this.parts].filter(([, part]) => part.version > version)
    const data = version === 0 ? this.html : changed.map(partial).join("")
    const frame = new Frame(encodeFrame({ id: this.sequence, data }))
    this.frames.set(version, frame)
    return frame
  }
}
