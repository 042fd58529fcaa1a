// What runs: the stack, and the features on it.
import { application, launch } from "evenstar"
import { counter } from "./features/counter/index.ts"

launch(application([counter], { name: "NAME" }))
