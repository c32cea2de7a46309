/*
 * Errors of WASI preview1. A call inside this folder either returns, which is success, or throws: our own Refusal, or
 * whatever Node's fs threw. `answering` is the one door where a throw becomes the number the guest sees. Node spells
 * its codes as the specification spells its errors, so the table of numbers is the mapping; what Node and libuv have
 * beyond it is in `nearest`. What is no operating error (WasiExit, ClosedPipe, a bug) passes the door and unwinds the
 * guest.
 */

/** Each error's number. Source: WASI preview1 typenames.witx, `$errno`, in its order. */
export const ERRNO = {
  SUCCESS: 0,
  E2BIG: 1,
  EACCES: 2,
  EADDRINUSE: 3,
  EADDRNOTAVAIL: 4,
  EAFNOSUPPORT: 5,
  EAGAIN: 6,
  EALREADY: 7,
  EBADF: 8,
  EBADMSG: 9,
  EBUSY: 10,
  ECANCELED: 11,
  ECHILD: 12,
  ECONNABORTED: 13,
  ECONNREFUSED: 14,
  ECONNRESET: 15,
  EDEADLK: 16,
  EDESTADDRREQ: 17,
  EDOM: 18,
  EDQUOT: 19,
  EEXIST: 20,
  EFAULT: 21,
  EFBIG: 22,
  EHOSTUNREACH: 23,
  EIDRM: 24,
  EILSEQ: 25,
  EINPROGRESS: 26,
  EINTR: 27,
  EINVAL: 28,
  EIO: 29,
  EISCONN: 30,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  EMLINK: 34,
  EMSGSIZE: 35,
  EMULTIHOP: 36,
  ENAMETOOLONG: 37,
  ENETDOWN: 38,
  ENETRESET: 39,
  ENETUNREACH: 40,
  ENFILE: 41,
  ENOBUFS: 42,
  ENODEV: 43,
  ENOENT: 44,
  ENOEXEC: 45,
  ENOLCK: 46,
  ENOLINK: 47,
  ENOMEM: 48,
  ENOMSG: 49,
  ENOPROTOOPT: 50,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTCONN: 53,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTRECOVERABLE: 56,
  ENOTSOCK: 57,
  ENOTSUP: 58,
  ENOTTY: 59,
  ENXIO: 60,
  EOVERFLOW: 61,
  EOWNERDEAD: 62,
  EPERM: 63,
  EPIPE: 64,
  EPROTO: 65,
  EPROTONOSUPPORT: 66,
  EPROTOTYPE: 67,
  ERANGE: 68,
  EROFS: 69,
  ESPIPE: 70,
  ESRCH: 71,
  ESTALE: 72,
  ETIMEDOUT: 73,
  ETXTBSY: 74,
  EXDEV: 75,
  ENOTCAPABLE: 76,
} as const

/** The name of an error, spelled as in errno.h and by Node. */
export type Errno = Exclude<keyof typeof ERRNO, 'SUCCESS'>

/** Codes of libuv and Node that the specification has no number for, and the error a C program should see instead. */
const nearest: Readonly<Record<string, Errno>> = {
  ECHARSET: 'EILSEQ',
  EFTYPE: 'EINVAL',
  EHOSTDOWN: 'EHOSTUNREACH',
  ENODATA: 'ENOENT',
  ENONET: 'ENETUNREACH',
  EOF: 'EIO',
  EOPNOTSUPP: 'ENOTSUP',
  EREMOTEIO: 'EIO',
  ESHUTDOWN: 'EPIPE',
  ESOCKTNOSUPPORT: 'EPROTONOSUPPORT',
  EUNATCH: 'EIO',
  EWOULDBLOCK: 'EAGAIN',
  UNKNOWN: 'EIO',
  ERR_INVALID_ARG_VALUE: 'EINVAL',
}

/** Thrown by a call that refuses what the guest asked; `answering` turns it into the error's number. */
class Refusal {
  readonly errno: Errno

  constructor(errno: Errno) {
    this.errno = errno
  }
}

export function refuse(errno: Errno): never {
  throw new Refusal(errno)
}

/** The specification's error for a Node error code such as `ENOENT`; undefined when no error of the table is near. */
function errnoOfNodeCode(code: string): Errno | undefined {
  const name = Object.hasOwn(nearest, code) ? nearest[code] : code
  return name !== undefined && name !== 'SUCCESS' && Object.hasOwn(ERRNO, name) ? (name as Errno) : undefined
}

/** Makes a guest-callable function of `call`: 0 when it returns, an error number when it refuses or the host does. */
export function answering<Args extends readonly (number | bigint)[]>(
  call: (...args: Args) => void,
): (...args: Args) => number {
  return (...args) => {
    try {
      call(...args)
      return ERRNO.SUCCESS
    } catch (thrown) {
      const errno = errnoOfThrown(thrown)
      if (errno === undefined) throw thrown
      return errno
    }
  }
}

/** The error number that `thrown` stands for; undefined when it is not an operating error. */
export function errnoOfThrown(thrown: unknown): number | undefined {
  const name = errnoNameOfThrown(thrown)
  return name === undefined ? undefined : ERRNO[name]
}

export function errnoNameOfThrown(thrown: unknown): Errno | undefined {
  if (thrown instanceof Refusal) return thrown.errno
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string')
    return errnoOfNodeCode(thrown.code)
  return undefined
}
