// Runs the application with its features.
import { application, launch } from "evenstar"
import { counter } from "./features/counter/index.ts"

launch(application([counter], { name: "NAME" }))
