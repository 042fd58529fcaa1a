// Subjects: aggregates that a feature contributes and that the dashboard and queries can be
// restricted to. Only those who may read the aggregate see its numbers.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { QueryParams } from "../../domain/AnalyticsQuery.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import type { AggregateStore } from "../../layers/aggregates/AggregateStore.ts"

/** Parameter name in URLs and queries, and the texts of the dashboard's filter. */
export interface Subject {
  /** For example `orderId`. */
  readonly param: string
  /** For example "Order". */
  readonly label: string
  /** For example "All orders". */
  readonly all: string
  /** Text for one without a title, for example "An empty order". */
  readonly untitled: string
  /** Text for one that is not the actor's, for example "The order in the address". */
  readonly unlisted: string
  /** For example "This is one order alone." */
  readonly alone: string
}

export interface SubjectOption {
  readonly id: string
  readonly title: string | null
}

export interface SubjectReader {
  /** The actor's own aggregates, to choose from. */
  readonly options: (actor: Actor) => Effect.Effect<ReadonlyArray<SubjectOption>, Refusal>
  /** Fails unless the aggregate exists and the actor may read it. */
  readonly find: (id: string, actor: Actor | null) => Effect.Effect<unknown, Refusal>
  /** Reads the aggregate once; returns a check of read access for any actor. */
  readonly readers: (id: string) => Effect.Effect<(actor: Actor | null) => boolean, Refusal>
  /** Calls `listener` with the id of each changed aggregate, until the scope closes. */
  readonly onChange: (listener: (id: string) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Makes a reader of an aggregate store. */
export const readerOf = <Id extends string, State, Command, Refused extends Refusal>(
  { authorize, current, get, isId, onChange }: AggregateStore<Id, State, Command, Refused>,
  options: SubjectReader["options"]
): SubjectReader => ({
  options,
  find: get,
  readers: (id) =>
    isId(id)
      ? Effect.map(
          current(id),
          ({ state }) =>
            (actor) =>
              Either.isRight(authorize(state, actor, "read"))
        )
      : Effect.succeed(() => false),
  onChange
})

export interface ReadableSubject extends Subject, SubjectReader {}

/** The aggregate that a request is restricted to. */
export interface RequestedSubject {
  readonly subject: ReadableSubject
  readonly id: string
}

/** As query parameters. */
export const subjectParams = (asked: RequestedSubject | undefined): QueryParams =>
  asked === undefined ? {} : { [asked.subject.param]: asked.id }

/** The aggregate that query parameters name, if any. */
export const requestedSubject = (
  subjects: ReadonlyArray<ReadableSubject>,
  sent: QueryParams
): RequestedSubject | undefined => {
  for (const subject of subjects) {
    const id = sent[subject.param]
    if (id !== undefined) return { subject, id }
  }
  return undefined
}

export class Subjects extends Context.Tag("evenstar/Subjects")<
  Subjects,
  {
    /** Called by features before the stack's routes are built. */
    readonly add: (subject: Subject, reader: SubjectReader) => void
    /** Ordered like the parameters given to the Layer. */
    readonly all: () => ReadonlyArray<ReadableSubject>
  }
>() {
  static readonly layer = (params: ReadonlyArray<string>) =>
    Layer.sync(Subjects, () => {
      const added = new Map<string, ReadableSubject>()
      return {
        add: (subject, reader) => void added.set(subject.param, { ...subject, ...reader }),
        all: () => params.flatMap((param) => added.get(param) ?? [])
      }
    })
}
