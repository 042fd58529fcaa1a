// What the dashboard and the queries can be narrowed to: one aggregate alone, of a kind that a feature contributes. Its numbers
// are for those who may read it.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { Sent } from "../../domain/AnalyticsQuery.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import type { AggregateStore } from "../../layers/aggregates/AggregateStore.ts"

/** Its name in addresses and in the queries' parameters, and its words in the dashboard's filter. */
export interface Subject {
  /** `orderId`. */
  readonly param: string
  /** "Order". */
  readonly label: string
  /** "All orders". */
  readonly all: string
  /** Of one without a title: "An empty order". */
  readonly untitled: string
  /** Of one that is not the actor's: "The order in the address". */
  readonly unlisted: string
  /** "This is one order alone." */
  readonly alone: string
}

export interface SubjectOption {
  readonly id: string
  readonly title: string | null
}

export interface SubjectReader {
  /** Those of an actor, to choose from. */
  readonly options: (actor: Actor) => Effect.Effect<ReadonlyArray<SubjectOption>, Refusal>
  /** Fails unless there is one that the actor may read. */
  readonly find: (id: string, actor: Actor | null) => Effect.Effect<unknown, Refusal>
  /** Reads it once, and tells of any actor whether they may. */
  readonly readers: (id: string) => Effect.Effect<(actor: Actor | null) => boolean, Refusal>
  /** Calls back with the id of each that has changed, until the scope closes. */
  readonly onChange: (listener: (id: string) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Of the aggregates of a store. */
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

/** One aggregate that is asked about alone. */
export interface Asked {
  readonly subject: ReadableSubject
  readonly id: string
}

/** As parameters. */
export const sentOf = (asked: Asked | undefined): Sent =>
  asked === undefined ? {} : { [asked.subject.param]: asked.id }

/** The one that parameters name. */
export const askedIn = (subjects: ReadonlyArray<ReadableSubject>, sent: Sent): Asked | undefined => {
  for (const subject of subjects) {
    const id = sent[subject.param]
    if (id !== undefined) return { subject, id }
  }
  return undefined
}

export class Subjects extends Context.Tag("evenstar/Subjects")<
  Subjects,
  {
    /** A feature adds its own before the stack's routes are made. */
    readonly add: (subject: Subject, reader: SubjectReader) => void
    /** In the order of the names that they were declared with. */
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
