// `evenstar/cli`: the operator's commands, for a program that has commands of its own beside them.
export { operate } from "./commands.ts"
export { run } from "./run.ts"
