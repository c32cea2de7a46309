// What a client asks of the gateway itself: functions and their calls, programs, buffers, dylibs that are shared, how it goes.
import type {
  Attachment,
  Expected,
  GatewayEvent,
  GatewayNotification,
  GatewayReplies,
  GatewayRequest,
  HouseReplies,
  JITDylibId,
  JITErrorData,
  LookupDefinition,
  SessionRequest,
  WireMessage,
} from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { Connection, Settle } from '@worc/mailbox'
import { Buffers } from './buffers.js'
import type { DylibPlace } from './executor-messages.js'
import type { Cancel } from './functions.js'
import { Functions } from './functions.js'
import type { GatewayServices } from './gateway-services.js'
import { Programs } from './programs.js'
import type { Account } from './quotas.js'
import type { Rights } from './rights.js'

interface GatewayAsksSetup {
  readonly services: GatewayServices
  readonly rights: Rights
  readonly account: Account
  readonly session: Connection
  readonly joined: HouseReplies['join']
  /** Who holds the dylibs. */
  readonly holder: object
  readonly send: (event: GatewayEvent) => void
}

const nothing: Cancel = () => undefined

export class GatewayAsks {
  readonly #setup: GatewayAsksSetup
  readonly #functions: Functions
  readonly #programs: Programs
  readonly #buffers: Buffers

  constructor(setup: GatewayAsksSetup) {
    const { services, account, send } = setup
    this.#setup = setup
    this.#functions = new Functions(services.pool, account)
    this.#programs = new Programs(services.runProgram, account, send)
    this.#buffers = new Buffers(services, account)
  }

  onTell(
    message: Extract<GatewayNotification, { type: 'closeFunction' | 'runInput' | 'runInputEnd' | 'runOutputConsumed' }>,
  ): void {
    if (message.type === 'closeFunction') this.#functions.close(message.function)
    else this.#programs.on(message)
  }

  /** Undefined: it is the session's to answer. */
  onAsk(
    message: SessionRequest | GatewayRequest,
    attachments: readonly Attachment[],
    settle: Settle,
  ): Cancel | undefined {
    const answer = (result: Expected<unknown>): void => settle(result, [])
    switch (message.type) {
      case 'call':
        return this.#functions.call(message, answer)
      case 'openFunction':
        return this.#open(message, answer)
      case 'pointerOf':
        return this.#functions.pointerOf(message.function, answer)
      case 'initialize':
      case 'deinitialize':
        return this.#functions[message.type](placeOf(message.dylib), answer)
      case 'run':
        return this.#programs.start(message, placeOf(message.dylib), answer)
      case 'allocateBuffer':
        this.#buffers.allocate(message, answer)
        return nothing
      case 'readBuffer':
        this.#buffers.read(message, answer)
        return nothing
      case 'writeBuffer':
        this.#buffers.write(message, answer)
        return nothing
      case 'freeBuffer':
        this.#buffers.free(message.address, answer)
        return nothing
      case 'join':
        answer(success(this.#setup.joined))
        return nothing
      case 'stats':
        this.#stats(answer)
        return nothing
      case 'status':
        answer(success(this.#setup.services.status()))
        return nothing
      case 'shareDylib':
        answer(success(this.#setup.services.dylibs.share(message.dylib)))
        return nothing
      case 'adoptDylib':
        answer(this.#adopt(message.token))
        return nothing
      case 'describeObject':
        answer(this.#describe(attachments))
        return nothing
      default:
        return undefined
    }
  }

  end(error: JITErrorData): void {
    this.#programs.abortAll(error)
    this.#functions.closeAll()
    this.#buffers.freeAll()
  }

  /** The client's own query, and what is pending in the dylib, as `lookup` of a thread. Of a dylib that is not its own, what is exported. */
  #open(
    message: Extract<GatewayRequest, { type: 'openFunction' }>,
    answer: (result: Expected<unknown>) => void,
  ): Cancel {
    const { rights, session } = this.#setup
    const { dylib, name } = message
    const isOwn = rights.owns(dylib)
    let cancel: Cancel = nothing
    let isOver = false
    const over = (result: Expected<unknown>): void => {
      if (!isOver) answer(result)
      isOver = true
    }
    let found: LookupDefinition | undefined
    let isInitialized = !isOwn
    const goOn = (): void => {
      if (isOver || found === undefined || !isInitialized) return
      cancel = this.#functions.open(found.address, message, over)
    }
    const lookup: WireMessage = {
      type: 'lookup',
      kind: 'static',
      searchOrder: [[dylib, isOwn ? 'all' : 'exported']],
      symbols: [[name, true]],
      requiredState: 'ready',
    }
    const ask = session.askThen(
      lookup,
      (result) => {
        if (!result.ok) return over(result)
        ;[found] = result.value as readonly LookupDefinition[]
        if (found === undefined) return over(failure(plainError('BadArgument', `"${name}" has no address`)))
        goOn()
      },
      { exempt: true },
    )
    const cancelInitializers = isOwn
      ? this.#functions.initialize(placeOf(dylib), (result) => {
          if (!result.ok) return over(result)
          isInitialized = true
          goOn()
        })
      : nothing
    return (error) => {
      session.cancel(ask, error)
      cancelInitializers(error)
      cancel(error)
      over(failure(error))
    }
  }

  #stats(answer: (result: Expected<GatewayReplies['stats']>) => void): void {
    const { house } = this.#setup.services
    house.ask({ type: 'sessionStats' }, (session) => {
      if (!session.ok) return answer(session)
      house.ask({ type: 'linkStats' }, (link) => {
        if (!link.ok) return answer(link)
        const { symbols, units, trackers } = session.value
        const { executors, modules, memoryBytes, retiredBytes, functionSlots, tlsBytes } = link.value
        answer(
          success({ symbols, units, trackers, executors, modules, memoryBytes, retiredBytes, functionSlots, tlsBytes }),
        )
      })
    })
  }

  #adopt(token: string): Expected<JITDylibId> {
    const { services, rights, account, holder } = this.#setup
    const dylib = services.dylibs.sharedAs(token)
    if (dylib === undefined)
      return failure(plainError('PermissionDenied', 'adoptDylib: no dylib is shared by this token'))
    if (rights.owns(dylib)) return success(dylib)
    const refusal = account.take('dylibs')
    if (refusal !== undefined) return failure(refusal)
    services.dylibs.hold(dylib, holder)
    rights.own(dylib)
    return success(dylib)
  }

  #describe([object]: readonly Attachment[]): Expected<GatewayReplies['describeObject']> {
    if (!(object instanceof SharedArrayBuffer))
      return failure(plainError('BadArgument', 'describeObject: an object is needed, as attachment 0'))
    const contents = this.#setup.services.describeObject(new Uint8Array(object))
    if (!contents.ok) return contents
    return success({ ...contents.value, sizeBytes: object.byteLength, diagnostics: '', cached: false })
  }
}

/** The name is for people: messages have the number. */
function placeOf(dylib: JITDylibId): DylibPlace {
  return { dylib, name: `JITDylib ${dylib}` }
}
