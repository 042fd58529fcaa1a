// The entry script of every page: Evenstar's (live pages, forms, reconnecting), and then the
// application's style.
import "evenstar/web/index.ts"
import "./application.css"
