// `evenstar/cli`: the operator's commands, for a program that has commands of its own beside them.
export { runOperatorCommand } from "./commands.ts"
export { run } from "./run.ts"
