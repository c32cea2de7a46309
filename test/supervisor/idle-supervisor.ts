// A process that starts workers, uses one, sees one restarted and is done: nothing may keep it from ending.
import { Supervisor } from '@worc/supervisor'
import type { Api } from './obedient-worker.js'

const url = new URL('./obedient-worker.js', import.meta.url)
const supervisor = new Supervisor()
const worker = supervisor.startWorker<Api>({ name: 'Foo', url, workerData: {} })
await worker.ready()
console.log('ready')
await worker.control.echo(1)
console.log('called')
await worker.control.exit(0).catch(() => undefined)
await worker.ready()
console.log('restarted')
supervisor.startWorker<Api>({ name: 'Bar', url, workerData: {} })
console.log('end of the module')
