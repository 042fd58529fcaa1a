// The program as `npm run build` makes it: the operator's commands, or without one the server. Each loads nothing of the other.
if (process.argv.length > 2) import("./commands.ts")
else import("../main.ts")
