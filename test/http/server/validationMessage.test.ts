// Messages for an invalid body: plain words without Schema's type names.
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AST } from "effect/SchemaAST"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { group } from "../../../src/features/todo/api.ts"
import { Nothing } from "../../../src/http/server/ApiContract.ts"
import * as Body from "../../../src/http/server/Body.ts"

const endpoints: Readonly<Record<string, { readonly payloadSchema: Option.Option<{ readonly ast: AST }> }>> =
  group.endpoints
const bodyOf = (name: string) =>
  Schema.make<unknown>(Option.getOrThrow(endpoints[name]?.payloadSchema ?? Option.none()).ast)
const AddTodo = bodyOf("addTodo")
const EditList = bodyOf("editList")
const EditTodo = bodyOf("editTodo")
const ToggleAll = bodyOf("toggleAll")

const messageOf = <A, I>(schema: Schema.Schema<A, I>, body: unknown) =>
  Either.match(Body.decode(schema)(body), { onLeft: ({ message }) => message, onRight: () => "taken" })

describe("validation message", () => {
  it.each([
    [AddTodo, {}, "text: is missing"],
    [AddTodo, { text: " " }, "text: Text must not be empty"],
    [EditTodo, { text: " " }, "text: Text must not be empty"],
    [EditTodo, { text: "x".repeat(501) }, "text: Text must be at most 500 characters"],
    [EditTodo, { text: null }, "text: Expected a string"],
    [EditTodo, { completed: "x" }, "completed: Expected true or false"],
    [EditTodo, { txt: "a" }, "txt: is unexpected"],
    [EditTodo, [], "Expected an object"],
    [ToggleAll, null, "Expected an object"],
    [EditList, { access: "open" }, 'access: Expected "link", "read-only" or "private"'],
    [EditList, {}, "Expected at least one of title, access and pinned"],
    [EditList, { title: "x".repeat(121) }, "title: Text must be at most 120 characters"],
    [EditTodo, { dueAt: "2026-02-30T09:00:00Z" }, "dueAt: Expected a time such as 2026-12-01T09:00:00Z, or null"],
    [EditTodo, { dueAt: 1 }, "dueAt: Expected a string or null"],
    [EditTodo, { notes: "x".repeat(5001) }, "notes: Text must be at most 5000 characters"],
    [Nothing, { a: 1 }, "Expected an object without fields"]
  ])("%#", (schema, body, message) => expect(messageOf(Schema.asSchema(schema), body)).toBe(message))

  it("contains no type name for any input", () => {
    fc.assert(
      fc.property(fc.constantFrom(AddTodo, EditTodo, ToggleAll, EditList), fc.jsonValue(), (schema, body) => {
        const message = messageOf(Schema.asSchema(schema), body)
        expect(message).not.toMatch(/readonly|undefined|filter|actual/)
      })
    )
  })
})
