// `evenstar build`: the program in dist/; with `--executable` the one executable file, at a path of one's own if one is given.
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
