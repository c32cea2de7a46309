// The answering process: says on its channel to the asking one when it may be asked, and ends with it.
import type { RPCTransport } from './rpc-transports.js'
import { rpcTransports } from './rpc-transports.js'

const [name, path = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
await rpcTransports[name as RPCTransport].serve(path)
process.send?.('ready')
