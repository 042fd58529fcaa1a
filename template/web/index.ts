// The entry script of every page: Evenstar's (live pages, forms, reconnecting), with the application's style after its own.
import "evenstar/web/index.ts"
import "./application.css"
