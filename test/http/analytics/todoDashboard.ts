// The todo feature's part of analytics as the application composes it, with lists set by the test.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Sequence, Version } from "../../../src/domain/StoredEvent.ts"
import { dashboard } from "../../../src/features/todo/analytics/dashboard.tsx"
import { listSubject } from "../../../src/features/todo/analytics/listSubject.ts"
import { ListId, type TodoList, todoList } from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import { type VisitorList, VisitorLists } from "../../../src/features/todo/VisitorLists.ts"
import { Dashboard } from "../../../src/http/analytics/Dashboard.ts"
import { Subjects } from "../../../src/http/analytics/Subjects.ts"
import { ownQueries, queriesLayer } from "../../features/todo/analytics/todoQueries.ts"

interface Options {
  /** The current state of a list; `exists` tells whether there is one. */
  readonly listOf: (id: string) => TodoList
  readonly owned?: ReadonlyArray<VisitorList>
  readonly onChange?: (listener: (id: ListId) => void) => void
}

export const todoDashboard = ({ listOf, onChange, owned = [] }: Options) => {
  const { authorize, idName, isId, made } = todoList
  const stateOf = (id: ListId) => ({ id, state: listOf(id), version: Version.make(1), sequence: Sequence.make(1) })
  const lists = Layer.mock(TodoLists, {
    now: () => 0,
    authorize,
    idName,
    isId,
    made,
    newId: () => "",
    get: (id, actor) => Effect.map(authorize(listOf(id), actor, "read"), () => stateOf(ListId.make(id, true))),
    current: (id) => Effect.succeed(stateOf(id)),
    onChange: (listener) => Effect.sync(() => onChange?.(listener))
  })
  const filled = Layer.effectDiscard(
    Effect.zipWith(Subjects, listSubject.reader, (subjects, reader) => subjects.add(listSubject, reader))
  )
  return Layer.mergeAll(
    Layer.provideMerge(filled, Subjects.layer([listSubject.param])),
    Dashboard.layer(ownQueries, [dashboard], ["lists"]),
    queriesLayer
  ).pipe(Layer.provide([lists, Layer.mock(VisitorLists, { of: () => Effect.succeed(owned) })]))
}
