// Files of todos: what is exported can be imported, and foreign files are read line by line.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { utcOf } from "../../../src/features/todo/Due.ts"
import { maxTodos, TodoId, TodoNotes, TodoText, todoList } from "../../../src/features/todo/TodoList.ts"
import { type FileTodo, formats } from "../../../src/features/todo/transfer/records.ts"
import { read, rejectedOf, roomFor, write } from "../../../src/features/todo/transfer/transfer.ts"

const decodeText = Schema.decodeUnknownOption(TodoText)
const decodeNotes = Schema.decodeUnknownOption(TodoNotes)
/** Characters with a meaning in a format, and any others. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."\\<>&()'\"`#*-+=@,;[]x \t\r\n", "<br>", " (due ", "- [x] ", "&#13;", "1. ", "\u2028"),
      fc.string({ unit: "binary", maxLength: 3 })
    ),
    { maxLength: 12 }
  )
  .map((parts) => parts.join(""))
const todo: fc.Arbitrary<FileTodo> = fc.record({
  text: text
    .map(decodeText)
    .filter((it) => it._tag === "Some")
    .map((it) => it.value),
  completed: fc.boolean(),
  dueAt: fc.option(
    fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }).map((date) => date.toISOString())
  ),
  notes: text
    .map(decodeNotes)
    .filter((it) => it._tag === "Some")
    .map((it) => it.value)
})

const idOf = (n: number) => TodoId.make(`00000000-0000-7000-8000-${String(n).padStart(12, "0")}`)
const listOf = (todos: ReadonlyArray<FileTodo>, title: string | null = null) => ({
  ...todoList.initial,
  exists: true,
  title,
  todos: todos.map((it, n) => ({ ...it, todoId: idOf(n), order: "" }))
})
const readAll = (format: (typeof formats)[number], content: string) => Either.getOrThrow(read(format, content))
const todosOf = (format: (typeof formats)[number], content: string) =>
  readAll(format, content).todos.map((it) => it.todo)

describe("files of todos", () => {
  it.each(formats)("law: what is exported as %s is imported as the same todos", (format) => {
    fc.assert(
      fc.property(fc.array(todo, { maxLength: 8 }), fc.option(text), (todos, title) => {
        const { rejected, todos: found } = readAll(format, write(format, listOf(todos, title)))
        expect(rejected).toEqual([])
        expect(found.map((it) => it.todo)).toEqual(todos)
      }),
      { numRuns: 1000 }
    )
  })

  it.each(formats)("law: %s reads any content, with line ends of any kind", (format) => {
    fc.assert(
      fc.property(text, (content) => {
        const found = read(format, content)
        if (Either.isRight(found)) for (const { line } of found.right.todos) expect(line).toBeGreaterThan(0)
      })
    )
  })

  it("writes Markdown, CSV and JSON that other programs understand", () => {
    const todos = [
      { text: "milk", completed: true, dueAt: null, notes: "" },
      { text: "=1+1, a < b", completed: false, dueAt: "2026-12-01T09:00:00.000Z", notes: "one\ntwo" }
    ]
    const list = listOf(todos, "Groceries")
    expect(write("markdown", list)).toBe(
      "# Groceries\n\n- [x] milk\n- [ ] =1+1, a \\< b (due 2026-12-01T09:00:00.000Z)\n  one\n  two\n"
    )
    expect(write("csv", list)).toBe(
      'text,completed,due,notes\r\nmilk,true,,\r\n"\'=1+1, a < b",false,2026-12-01T09:00:00.000Z,"one\ntwo"\r\n'
    )
    expect(JSON.parse(write("json", list))).toEqual({ title: "Groceries", todos })
  })

  it("reads lists of other programs", () => {
    const texts = (content: string) => todosOf("markdown", content).map((it) => [it.text, it.completed])
    expect(texts("# A\n\n* [X] a\r\n+ b\n1. c\nC:\\new\n")).toEqual([
      ["a", true],
      ["b", false],
      ["c", false],
      ["C:\\new", false]
    ])
    expect(todosOf("csv", "\ufeffCompleted,Text\n1,a\n\nno,b")).toMatchObject([
      { text: "a", completed: true },
      { text: "b", completed: false }
    ])
    expect(todosOf("csv", "a\nb,x")).toMatchObject([{ text: "a" }, { text: "b", completed: true }])
    expect(todosOf("json", '["a", {"text": "b", "completed": true}]')).toMatchObject([
      { text: "a", completed: false },
      { text: "b", completed: true }
    ])
    for (const content of ["", "{}", "1", "null", "{"]) expect(Either.isLeft(read("json", content))).toBe(true)
  })

  it("names the lines that are no todos, and those for which there is no room", () => {
    const { rejected } = readAll("csv", "text,due\na,\nb,tomorrow\nc,soon\nd,2026-12-01T09:00:00Z\n")
    expect(rejected.map(({ code, line }) => [line, code])).toEqual([
      [3, "VALIDATION_FAILED"],
      [4, "VALIDATION_FAILED"]
    ])
    const lines = Array.from({ length: 10_000 }, (_, n) => (n === 9000 ? "- [ ]" : `- [ ] todo ${n}`)).join("\n")
    const file = readAll("markdown", lines)
    const added = roomFor(listOf([]), file.todos)
    expect(added).toBe(maxTodos)
    expect(rejectedOf(file, added).map(({ code, line, to }) => [line, to, code])).toEqual([
      [1001, 9000, "LIST_FULL"],
      [9001, 9001, "VALIDATION_FAILED"],
      [9002, 10_000, "LIST_FULL"]
    ])
    const long = readAll(
      "json",
      JSON.stringify(Array.from({ length: 101 }, () => ({ text: "a", notes: "x".repeat(5000) })))
    )
    expect(roomFor(listOf([]), long.todos)).toBe(100)
  })
})

it("due times are kept in UTC, if there are such days", () => {
  expect(utcOf("2026-12-01T10:00:00.5+01:00")).toBe("2026-12-01T09:00:00.500Z")
  expect(utcOf("2024-02-29t00:00:00z")).toBe("2024-02-29T00:00:00.000Z")
  for (const bad of [
    "2026-02-29T00:00:00Z",
    "2026-12-01T24:30:00Z",
    "2026-12-01T09:00Z",
    "x",
    "0000-01-01T00:00:00+01:00"
  ]) {
    expect(utcOf(bad)).toBeUndefined()
  }
})
