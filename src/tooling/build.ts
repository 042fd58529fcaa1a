// `evenstar build`: builds the program into dist/, or one executable file (`--executable [FILE]`).
import { parseArgs } from "node:util"
import { Failed } from "./Failed.ts"

export const run = async (args: ReadonlyArray<string>) => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { executable: { type: "boolean", default: false } }
  })
  if (values.executable) {
    const { buildExecutable } = await import("./exe.ts")
    return buildExecutable(positionals[0])
  }
  if (positionals.length > 0) throw new Failed(`\`evenstar build\` takes no ${positionals[0]}`)
  const { buildProgram } = await import("./server.ts")
  return buildProgram()
}
