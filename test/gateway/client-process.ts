// A client in a process of its own, to be killed: it defines something under a tracker in main and in a dylib of its own, holds a
// buffer, sets an endless call going, says so, and stays.
import { connect } from 'worc'
import type { ConnectOptions } from 'worc'

const [url = '', token = '', onDisconnect = 'remove', name = 'f'] = process.argv.slice(2)
const client = await connect(url, { token, onDisconnect: onDisconnect as NonNullable<ConnectOptions['onDisconnect']> })
const tracker = client.main.createResourceTracker()
const source = `int ${name}(void) { return 11; } int ${name}_forever(void) { volatile int go = 1; while (go) ; return 0; }`
await client.addC(source, { tracker })
const dylib = await client.session.createJITDylib(`dylib of ${name}`)
await client.addC('int inside(void) { return 1; }', { dylib })
await (
  await client.lookup('inside', { dylib })
)()
await (
  await client.lookup(name)
)()
void (await client.lookup(`${name}_forever`))().catch(() => undefined)
await client.withBuffer(new Uint8Array(100), async () => {
  process.stdout.write('ready\n')
  await new Promise((resolve) => setTimeout(resolve, 0x7fff_ffff))
})
