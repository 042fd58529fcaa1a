// Formats a decoding error as one sentence: `text: Text must not be empty`. Schema's own messages
// show internal types and every failed member of a union.

import * as Option from "effect/Option"
import type { ParseIssue } from "effect/ParseResult"
import * as AST from "effect/SchemaAST"

const kinds: Partial<Record<AST.AST["_tag"], string>> = {
  StringKeyword: "a string",
  NumberKeyword: "a number",
  BooleanKeyword: "true or false",
  TypeLiteral: "an object",
  TupleType: "a list"
}

/** A readable name of a type; undefined if there is none. */
const describe = (ast: AST.AST): string | undefined => {
  if (ast._tag === "Literal") return JSON.stringify(ast.literal)
  if (ast._tag === "Refinement" || ast._tag === "Transformation") return describe(ast.from)
  if (ast._tag !== "Union") return kinds[ast._tag]
  // An optional field is a union with `undefined`, which JSON can't express.
  const members = ast.types.flatMap((it) => (it._tag === "UndefinedKeyword" ? [] : [describe(it)]))
  const last = members.at(-1)
  return members.length < 2 ? last : `${members.slice(0, -1).join(", ")} or ${last}`
}

/** The message given by a schema's annotation or a filter. */
const ownMessage = (issue: ParseIssue): string | undefined => {
  if (issue._tag === "Type" && issue.message !== undefined) return issue.message
  if (!("ast" in issue)) return undefined
  const message = Option.getOrUndefined(AST.getMessageAnnotation(issue.ast))?.(issue)
  return typeof message === "string" ? message : undefined
}

const isOfUndefined = (issue: ParseIssue) => issue._tag === "Type" && issue.ast._tag === "UndefinedKeyword"

const sentence = (issue: ParseIssue, path: ReadonlyArray<PropertyKey>): string => {
  const say = (words: string) => [path.map(String).join("."), words].filter((it) => it !== "").join(": ")
  switch (issue._tag) {
    case "Pointer":
      return sentence(issue.issue, [...path, ...[issue.path].flat()])
    case "Missing":
      return say("is missing")
    case "Unexpected":
      return say("is unexpected")
    case "Transformation":
      return sentence(issue.issue, path)
    case "Refinement": {
      const message = issue.kind === "From" ? undefined : ownMessage(issue)
      return message === undefined ? sentence(issue.issue, path) : say(message)
    }
    case "Composite": {
      const issues = [issue.issues].flat().filter((it) => !isOfUndefined(it))
      const [first] = issues
      const isOne = issue.ast._tag !== "Union" || issues.length === 1
      if (isOne && first !== undefined) return sentence(first, path)
      return say(ownMessage(issue) ?? `Expected ${describe(issue.ast) ?? "another value"}`)
    }
    default:
      return say(ownMessage(issue) ?? `Expected ${describe(issue.ast) ?? "another value"}`)
  }
}

/** Describes the first issue only, because a body may have thousands. */
export const validationMessage = (issue: ParseIssue): string => sentence(issue, [])
