// Months of people who use todo lists, as commands in the order of time: a pure simulation that a seed repeats. Somebody is
// there as often as the calendar says; they do what is due, and who has nothing due begins a list.
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

/** What one command made happen. */
export interface Activity {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly listId: ListId
  readonly expectedVersion: Version
  readonly commandId: CommandId
  /** Who did it. */
  readonly visitorId: VisitorId | null
  readonly events: Arr.NonEmptyReadonlyArray<TodoListEvent>
}

/** Some lists are used all the time, by what could be a whole office: so many of them, and so much of what is done. */
const busyLists = 12
const busyShare = 0.03

/** New lists are begun even while much is due. Each brings some twenty events: what is due must not pile up. */
const freshShare = 0.02

/** Nobody looks through a longer list: they clear it first. */
export const longest = 60

const guestShare = 0.3

/** An office's list for something: the first ones are the busiest. */
const busiest = (random: SeededRandom.SeededRandom, lists: ReadonlyArray<People.List>) =>
  lists[Math.floor(lists.length * random.number() ** 2)]

export function* simulate({ events, from, seed, until }: DemoOptions): Generator<Activity, void> {
  const random = SeededRandom.make(seed)
  const people = People.make(random)
  const timeAt = Calendar.make({ from, until })
  const agenda = new Agenda<People.Plan>()
  const busy: Array<People.List> = []
  let left = events
  /** The share of all that is still to come. */
  let ahead = 1

  /** The next of `left` moments that are spread at random over what remains, in their order. */
  const nextMoment = () => {
    ahead *= (1 - random.number()) ** (1 / left)
    left -= 1
    return timeAt(1 - ahead)
  }

  const byWhom = ({ guest, owner, state }: People.List, isOwnersOnly: boolean) =>
    guest !== null && !isOwnersOnly && state.access === "link" && random.happens(guestShare) ? guest : owner

  /** Does one command's work, unless it changes nothing, can't be done any more, or is more than what is left. */
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
    // What was made room for still waits to be added.
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

/** The same as what is appended. */
export function* demo(options: DemoOptions): Generator<DemoAppend, void> {
  for (const { events, listId, ...activity } of simulate(options)) {
    const aggregate = { type: todoList.type, id: listId }
    yield { ...activity, aggregate, events: Arr.map(events, todoList.codec.encode) }
  }
}
