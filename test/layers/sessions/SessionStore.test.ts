import { memory } from "./sessionFixtures.ts"
import { sessionStoreContract } from "./sessionStoreContract.ts"

sessionStoreContract("SessionStoreBackend.layerMemory", memory, 40)
