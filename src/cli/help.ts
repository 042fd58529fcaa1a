// The text of `--help`: 80 columns, one line or two for each command, no colours.
import * as CliConfig from "@effect/cli/CliConfig"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type { Span } from "@effect/cli/HelpDoc/Span"
import * as Usage from "@effect/cli/Usage"

const columns = 80
/** Where the descriptions of commands begin. */
const second = 22

const textOf = (span: Span): string => {
  switch (span._tag) {
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
    case "Text":
    case "URI":
      return span.value
    default:
      return textOf(span.value)
  }
}

const wrap = (text: string, indent: number, first = " ".repeat(indent)): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = first
  let isEmpty = true
  for (const word of text.split(/\s+/).filter((it) => it !== "")) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = " ".repeat(indent)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return isEmpty ? lines : [...lines, line]
}

/** What the library says of every argument, and the usage shows. */
const obvious = new Set([
  "This setting is optional.",
  "A user-defined piece of text.",
  "A true or false value.",
  "An integer.",
  "A directory."
])

const linesOf = (doc: HelpDoc.HelpDoc, indent = 2): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Empty":
      return []
    case "Header":
      return ["", textOf(doc.value)]
    case "Paragraph":
      return obvious.has(textOf(doc.value)) ? [] : wrap(textOf(doc.value), indent)
    case "DescriptionList":
      return doc.definitions.flatMap(([term, about]) => [...wrap(textOf(term), indent), ...linesOf(about, indent + 4)])
    case "Enumeration":
      return doc.elements.flatMap((element) => linesOf(element, indent))
    case "Sequence":
      return [...linesOf(doc.left, indent), ...linesOf(doc.right, indent)]
  }
}

/** Of the command itself: what every command has is said once. */
const config = CliConfig.make({ showBuiltIns: false })
const helpOf = (command: Descriptor.Command<unknown>) => linesOf(Descriptor.getHelp(command, config))

export interface HelpTopic {
  readonly descriptor: Descriptor.Command<unknown>
  /** Of a group; the library tells only one level of them. */
  readonly subcommands?: ReadonlyArray<HelpTopic>
}

export const nameOf = ({ descriptor }: HelpTopic) => [...Descriptor.getNames(descriptor)][0] ?? ""
const aboutOf = ({ descriptor }: HelpTopic) => {
  const lines = helpOf(descriptor)
  const begin = lines.indexOf("DESCRIPTION") + 1
  const end = lines.indexOf("", begin)
  return lines.slice(begin, end === -1 ? undefined : end).join(" ")
}

/** The commands that do something, each with its full name below `parent`. */
const leavesOf = (topics: ReadonlyArray<HelpTopic>, parent = ""): ReadonlyArray<readonly [string, string]> =>
  topics.flatMap((topic) => {
    const name = `${parent} ${nameOf(topic)}`.trim()
    return topic.subcommands === undefined ? [[name, aboutOf(topic)] as const] : leavesOf(topic.subcommands, name)
  })

const everywhere = [
  "",
  "OPTIONS OF EVERY COMMAND",
  "  -h, --help          Shows this; after a command, that command's arguments",
  "  --version           Shows the version",
  "  --log-level LEVEL   all, trace, debug, info, warning, error, fatal or none",
  "  --completions SHELL Writes a completion script for sh, bash, fish or zsh",
  "  --wizard            Asks for each argument of a command"
]

/** Undefined if the command line has no help option. `args`: without the program's name. */
export const helpFor = (root: HelpTopic, args: ReadonlyArray<string>): string | undefined => {
  const beforeDashes = args.includes("--") ? args.slice(0, args.indexOf("--")) : args
  if (!beforeDashes.some((it) => it === "-h" || it === "--help")) return undefined
  return textFor(root, nameOf(root), beforeDashes)
}

const textFor = (topic: HelpTopic, name: string, [next, ...rest]: ReadonlyArray<string>): string => {
  const child = topic.subcommands?.find((it) => nameOf(it) === next)
  if (child !== undefined) return textFor(child, `${name} ${next}`, rest)
  if (topic.subcommands !== undefined) {
    return [
      "USAGE",
      `  ${name} <command> [arguments]`,
      "",
      "DESCRIPTION",
      ...wrap(aboutOf(topic), 2),
      "",
      "COMMANDS",
      ...leavesOf(topic.subcommands).flatMap(([leaf, about]) => wrap(about, second, `  ${leaf.padEnd(second - 2)}`)),
      ...everywhere
    ].join("\n")
  }
  const usage = textOf(HelpDoc.getSpan(Usage.getHelp(Descriptor.getUsage(topic.descriptor))))
  const parent = name.split(" ").slice(0, -1).join(" ")
  return ["USAGE", ...wrap(`${parent} ${usage}`, 4, "  "), ...helpOf(topic.descriptor), ...everywhere].join("\n")
}
