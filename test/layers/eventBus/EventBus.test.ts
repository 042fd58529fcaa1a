import { inMemory } from "../../support.ts"
import { eventBusContract } from "./eventBusContract.ts"

eventBusContract("EventBusBackend.layerMemory", inMemory)
