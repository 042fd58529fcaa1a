// What the log is made into, and so what a file is checked against. A new aggregate or projection gets a line here.
import * as TodoList from "../../domain/TodoList.ts"
import { visitorLists } from "../../layers/VisitorLists.ts"
import { replaying } from "./projectionReplay.ts"
import { refolding } from "./snapshotReplay.ts"

/** How the events of each aggregate type are read. */
export const decoders = new Map([[TodoList.aggregateType, TodoList.codec.decode]])

/** The projections whose rows are made anew and compared. */
export const projections = [replaying(visitorLists)]

/** The aggregates whose snapshots are made anew and compared. */
export const snapshots = [refolding(TodoList)]
