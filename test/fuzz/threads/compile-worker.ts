// The house's own compile worker, with delays.
import { ownModules } from 'worc/worker-modules'
import { delayPosts } from './delays.js'

delayPosts('compile')
await import(ownModules.compile.href)
