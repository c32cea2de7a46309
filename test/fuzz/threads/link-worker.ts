// The house's own link worker, with delays.
import { ownModules } from 'worc/worker-modules'
import { delayPosts } from './delays.js'

delayPosts('link')
await import(ownModules.link.href)
