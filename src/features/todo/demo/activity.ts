// Simulates months of people using todo lists, as commands in the order of time; deterministic for
// a seed. The calendar gives the rate of commands; each runs a due plan, or creates a list.
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import { CommandId, Version, type VisitorId } from "../../../domain/StoredEvent.ts"
import type { DemoAppend, DemoOptions } from "../../../http/Feature.ts"
import * as SeededRandom from "../../../lib/seededRandom.ts"
import { type Command, type ListId, type TodoListEvent, todoList } from "../TodoList.ts"
import { Agenda } from "./Agenda.ts"
import * as Calendar from "./calendar.ts"
import { plansAfter } from "./habits.ts"
import * as People from "./people.ts"

/** The events of one command. */
export interface Activity {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly listId: ListId
  readonly expectedVersion: Version
  readonly commandId: CommandId
  /** The visitor who sent the command. */
  readonly visitorId: VisitorId | null
  readonly events: Arr.NonEmptyReadonlyArray<TodoListEvent>
}

/** The number of heavily used lists, and their share of all commands. */
const busyLists = 12
const busyShare = 0.03

/**
 * Share of new lists while plans are due; each adds about 20 events, so the backlog stays small.
 */
const freshShare = 0.02

/** Lists are cleared once they have so many todos. */
export const longest = 60

const guestShare = 0.3

/** Picks a busy list; the first ones most often. */
const busiest = (random: SeededRandom.SeededRandom, lists: ReadonlyArray<People.List>) =>
  lists[Math.floor(lists.length * random.number() ** 2)]

export function* simulate({ events, from, seed, until }: DemoOptions): Generator<Activity, void> {
  const random = SeededRandom.make(seed)
  const people = People.make(random)
  const timeAt = Calendar.make({ from, until })
  const agenda = new Agenda<People.Plan>()
  const busy: Array<People.List> = []
  let left = events
  /** The remaining share of the total activity. */
  let ahead = 1

  /** The next of `left` moments, uniformly distributed over the remaining activity, in order. */
  const nextMoment = () => {
    ahead *= (1 - random.number()) ** (1 / left)
    left -= 1
    return timeAt(1 - ahead)
  }

  const byWhom = ({ guest, owner, state }: People.List, isOwnersOnly: boolean) =>
    guest !== null && !isOwnersOnly && state.access === "link" && random.happens(guestShare) ? guest : owner

  /** Runs commands as one append; undefined if nothing changes or too few events are left. */
  const perform = (list: People.List, commands: ReadonlyArray<Command>, at: number): Activity | undefined => {
    let state = list.state
    const happened = commands.flatMap((command) => {
      const decided = Either.getOrElse(todoList.decide(state, command), () => [])
      state = decided.reduce(todoList.evolve, state)
      return decided
    })
    if (!Arr.isNonEmptyReadonlyArray(happened) || happened.length > 1 + left) return undefined
    const visitorId = byWhom(list, happened[0]._tag === "ListCreated" || happened[0]._tag === "ListAccessChanged")
    const expectedVersion = list.version
    list.state = state
    list.version = Version.make(expectedVersion + happened.length, true)
    for (const event of happened) {
      for (const plan of plansAfter(random, list, event, at)) if (plan !== undefined) agenda.add(plan)
    }
    const commandId = CommandId.make(random.timeOrderedAt(at), true)
    return { at, listId: list.listId, expectedVersion, commandId, visitorId, events: happened }
  }

  const addTo = (list: People.List, at: number) => {
    const { todos } = list.state
    if (todos.length < longest) return perform(list, [People.anotherTodo(random, list, at)], at)
    const isAnyDone = todos.some(({ completed }) => completed)
    return perform(list, [isAnyDone ? { _tag: "ClearCompleted" } : { _tag: "ToggleAll", completed: true }], at)
  }

  const carryOut = ({ intent, list }: People.Plan, at: number) => {
    if (intent._tag !== "AddAnother") return perform(list, [intent], at)
    const isRoom = list.state.todos.length < longest
    const activity = addTo(list, at)
    // The todo for which room was made is still to be added.
    if (!isRoom && activity !== undefined) agenda.add({ at, list, intent })
    return activity
  }

  const due = (at: number): Activity | undefined => {
    if (random.happens(freshShare)) return undefined
    const office = random.happens(busyShare) ? busiest(random, busy) : undefined
    const done = office === undefined ? undefined : addTo(office, at)
    if (done !== undefined) return done
    for (let plan = agenda.next(at); plan !== undefined; plan = agenda.next(at)) {
      const activity = carryOut(plan, at)
      if (activity !== undefined) return activity
    }
    return undefined
  }

  const begin = (at: number): Activity | undefined => {
    const isOffice = busy.length < busyLists && 1 - ahead > (0.5 * busy.length) / busyLists
    const list = people.newList(isOffice ? 0 : undefined)
    if (isOffice) busy.push(list)
    const create: Command = { _tag: "CreateList", owner: list.owner }
    return perform(list, left === 0 ? [create] : [create, People.anotherTodo(random, list, at)], at)
  }

  while (left > 0) {
    const at = nextMoment()
    const activity = due(at) ?? begin(at)
    if (activity === undefined) continue
    for (let more = activity.events.length - 1; more > 0; more--) nextMoment()
    yield activity
  }
}

/** The simulation as appends. */
export function* demo(options: DemoOptions): Generator<DemoAppend, void> {
  for (const { events, listId, ...activity } of simulate(options)) {
    const aggregate = { type: todoList.type, id: listId }
    yield { ...activity, aggregate, events: Arr.map(events, todoList.codec.encode) }
  }
}
