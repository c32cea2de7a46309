// Clients in a process of their own, to be killed with it: each holds a tracker with code, a dylib, a function and a buffer, and has a
// lookup under way that only it could end.
import { absoluteSymbols, connect } from 'worc'

const [url = '', token = '', count = '1', from = '0'] = process.argv.slice(2)
await Promise.all(
  Array.from({ length: Number(count) }, async (_, n) => {
    const name = `victim_${Number(from) + n}`
    const client = await connect(url, { token, onDisconnect: 'remove' })
    client.session.onError = () => undefined
    const dylib = await client.session.createJITDylib(name)
    const tracker = client.main.createResourceTracker()
    await client.main.define(absoluteSymbols({ [name]: { address: 8, flags: { exported: true } } }), tracker)
    await client.lookupData(name)
    await (
      await client.lookup('add')
    )(1, 2)
    const started = new Promise<void>((resolve) => {
      const unit = { name, symbols: { never: { exported: true } }, materialize: () => resolve() }
      void dylib.define(unit).then(() => client.lookupData('never', { dylib }).catch(() => undefined))
    })
    await started
    void client.withBuffer(new Uint8Array(64), () => new Promise(() => undefined)).catch(() => undefined)
    await client.status()
  }),
)
process.stdout.write('ready\n')
setInterval(() => undefined, 0x7fff_ffff)
