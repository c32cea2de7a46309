// The thread of a compile actor. clang is loaded when the first source that no cache knows comes in.
import type { MessagePort } from 'node:worker_threads'
import { errorData, failure, plainError } from '@worc/protocol'
import { CompileActor, createCompiler } from '@worc/compile'
import type { CompilerSettings } from '@worc/compile'
import { objectReader } from '@worc/link'
import { ActorHost, PortChannel } from '@worc/mailbox'
import { serveControl } from '@worc/supervisor'

export interface CompileControl {
  /** `worker` is this thread's name in the house. */
  start(settings: CompilerSettings, worker: string, session: MessagePort): void
  stop(): void
}

let stop: (() => void) | undefined

const control: CompileControl = {
  start: (settings, worker, session) => {
    const compiler = createCompiler(settings)
    const actor = new CompileActor({
      compile: (request, settle) => {
        if (!compiler.ok) return settle(compiler)
        compiler.value.compile(request).then(settle, (thrown: unknown) => settle(failure(errorData(thrown))))
      },
      interfaceSymbols: objectReader(settings.target ?? 'wasm'),
    })
    const host = new ActorHost(actor, {
      name: 'a compile actor',
      onCrash: (error) => {
        throw new Error(error.message)
      },
    })
    actor.join(host, host.connect(new PortChannel(session, { peer: 'the session' })), worker)
    stop = () => {
      host.close(plainError('SessionClosed', 'the session has ended'))
      if (compiler.ok) compiler.value.close()
    }
  },
  stop: () => stop?.(),
}
serveControl(control)
