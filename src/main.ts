// Entry point: names the features of this application.
import { application } from "./application.ts"
import { polls } from "./features/polls/index.ts"
import { todo } from "./features/todo/index.ts"
import { launch } from "./launch.ts"

launch(application([todo, polls]))
