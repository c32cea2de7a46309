// The program as a process: every import is there and has its signature, an exit unwinds through wasm frames, and what
// the guest points at is checked on every call, also after the memory has grown.
import { createWasi, WasiExit } from '@worc/executor'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { errno, Guest } from './guest.js'

/**
 * Assembled by hand from
 * (module
 *   (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
 *   (func (export "run") (call 0 (i32.const -1))))
 */
const callsProcExit = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0],
  ...[2, 36, 1, 22, ...Buffer.from('wasi_snapshot_preview1'), 9, ...Buffer.from('proc_exit'), 0, 0],
  ...[3, 2, 1, 1],
  ...[7, 7, 1, 3, ...Buffer.from('run'), 0, 1],
  ...[10, 8, 1, 6, 0, 0x41, 0x7f, 0x10, 0, 0x0b],
])

const PAGE_BYTES = 65_536

describe('Wasi', () => {
  it('has the 46 functions of wasi_snapshot_preview1', () => {
    const { imports } = new Guest(undefined).wasi
    const groups = { args: 2, environ: 2, clock: 2, fd: 21, path: 10, poll: 1, proc: 2, sched: 1, random: 1, sock: 4 }
    const counts: Record<string, number> = {}
    for (const name of Object.keys(imports)) {
      const group = name.slice(0, name.indexOf('_'))
      counts[group] = (counts[group] ?? 0) + 1
    }
    expect(counts).to.deep.equal(groups)
  })

  it('proc_exit unwinds the guest with its code as unsigned', async () => {
    const { imports } = new Guest(undefined).wasi
    const { instance } = await WebAssembly.instantiate(callsProcExit, { wasi_snapshot_preview1: imports })
    const run = instance.exports['run'] as () => void
    expect(run).to.throw().that.is.instanceOf(WasiExit).with.property('code', 0xffff_ffff)
  })

  it('proc_raise ends the program, ignores, or refuses, by the signal', () => {
    const { call } = new Guest(undefined)
    expect(() => call.proc_raise(6))
      .to.throw()
      .that.is.instanceOf(WasiExit)
      .with.property('code', 134)
    expect(errno(call.proc_raise(0))).to.equal('SUCCESS')
    expect(errno(call.proc_raise(16))).to.equal('SUCCESS')
    expect(errno(call.proc_raise(18))).to.equal('NOTSUP')
    expect(errno(call.proc_raise(31))).to.equal('INVAL')
  })

  it('args and environ: sizes first, then zero-terminated strings and pointers to them', () => {
    const guest = new Guest(undefined, { args: ['program', '', 'zwölf'], env: { HOME: '/home', EMPTY: '' } })
    const [count, size] = [guest.allocate(4), guest.allocate(4)]
    const strings = (get: (pointers: number, buffer: number) => number): string[] => {
      const pointers = guest.allocate(4 * guest.u32(count))
      const buffer = guest.allocate(guest.u32(size))
      expect(errno(get(pointers, buffer))).to.equal('SUCCESS')
      const end = buffer + guest.u32(size)
      return Array.from({ length: guest.u32(count) }, (_, index) => {
        const text = guest.bytes(guest.u32(pointers + 4 * index), end - guest.u32(pointers + 4 * index)).toString()
        return text.slice(0, text.indexOf('\0'))
      })
    }
    expect(errno(guest.call.args_sizes_get(count, size))).to.equal('SUCCESS')
    expect(guest.u32(size)).to.equal('program\0\0zw..lf\0'.length)
    expect(strings(guest.call.args_get)).to.deep.equal(['program', '', 'zwölf'])
    expect(errno(guest.call.environ_sizes_get(count, size))).to.equal('SUCCESS')
    expect(strings(guest.call.environ_get)).to.deep.equal(['HOME=/home', 'EMPTY='])
  })

  it('random_get fills exactly what it is given', () => {
    const guest = new Guest(undefined)
    const buffer = guest.allocate(48)
    expect(errno(guest.call.random_get(buffer + 8, 32))).to.equal('SUCCESS')
    expect(guest.bytes(buffer, 8).equals(Buffer.alloc(8))).to.equal(true)
    expect(guest.bytes(buffer + 8, 32).equals(Buffer.alloc(32))).to.equal(false)
    expect(guest.bytes(buffer + 40, 8).equals(Buffer.alloc(8))).to.equal(true)
  })

  it('sched_yield succeeds', () => {
    expect(errno(new Guest(undefined).call.sched_yield())).to.equal('SUCCESS')
  })

  it('sockets are not supported, and not on closed descriptors either', () => {
    const { call } = new Guest(undefined)
    expect(errno(call.sock_accept(0, 0, 0))).to.equal('NOTSUP')
    expect(errno(call.sock_recv(0, 0, 0, 0, 0, 0))).to.equal('NOTSUP')
    expect(errno(call.sock_send(0, 0, 0, 0, 0))).to.equal('NOTSUP')
    expect(errno(call.sock_shutdown(0, 0))).to.equal('NOTSUP')
    expect(errno(call.sock_shutdown(9, 0))).to.equal('BADF')
  })

  it('close: every descriptor answers EBADF', () => {
    const guest = new Guest('/')
    guest.wasi.close()
    expect(guest.tryRead(0)).to.equal('BADF')
    expect(guest.tryOpen('.')).to.equal('BADF')
    guest.wasi.close()
  })

  it('a preopen that is no directory is an Error that names it', () => {
    expect(() => new Guest('/nowhere/at/all'))
      .to.throw('preopen "/": host directory "/nowhere/at/all"')
      .with.property('cause')
  })

  it('two Wasi over one memory have descriptors of their own', () => {
    const one = new Guest(undefined)
    const other = createWasi({
      memory: one.memory,
      args: [],
      env: {},
      stdin: { type: 'bytes', bytes: new Uint8Array() },
      stdout: () => undefined,
      stderr: () => undefined,
      preopens: new Map(),
    })
    expect(errno(one.call.fd_close(1))).to.equal('SUCCESS')
    expect(one.tryWrite(1)).to.equal('BADF')
    expect(errno(other.imports.fd_write(1, 0, 0, 0))).to.equal('SUCCESS')
  })
})

describe('guest memory', () => {
  it('what lies outside is EFAULT, wherever it is pointed at', () => {
    const guest = new Guest('/')
    const { call } = guest
    const end = guest.memory.buffer.byteLength
    const ok = guest.allocate(64)
    const results = {
      'result across the end': call.clock_time_get(0, 0n, end - 4),
      'result beyond 2 GiB': call.clock_time_get(0, 0n, -8),
      'iovec array': call.fd_write(1, end - 4, 1, ok),
      'iovec array of 2^32 - 1': call.fd_write(1, ok, -1, ok),
      'iovec array whose size wraps': call.fd_read(0, ok, 0x2000_0000, ok),
      buffer: call.fd_write(1, ...guest.iovecs([end - 1, 2]), ok),
      nwritten: call.fd_write(1, ...guest.iovecs([ok, 1]), end),
      path: call.path_unlink_file(3, end, 1),
      'path length': call.path_unlink_file(3, ok, -1),
      'opened fd': call.path_open(3, 0, ...guest.text('.'), 2, 0n, 0n, 0, end),
      random: call.random_get(end - 1, 2),
      argv: call.args_get(end, ok),
      filestat: call.fd_filestat_get(3, end - 63),
      fdstat: call.fd_fdstat_get(3, end - 23),
      events: call.poll_oneoff(ok, end - 31, 1, ok),
      dirents: call.fd_readdir(3, end, 1, 0n, ok),
      'preopen name': call.fd_prestat_dir_name(3, end, 1),
    }
    for (const [what, result] of Object.entries(results)) expect(errno(result), what).to.equal('FAULT')
    expect(guest.stdout, 'nothing was written').to.deep.equal([])
    guest.wasi.close()
  })

  it('grown between two calls: the new pages are seen', () => {
    const guest = new Guest(undefined)
    const end = guest.memory.buffer.byteLength
    expect(errno(guest.call.random_get(end - 16, 16))).to.equal('SUCCESS')
    expect(errno(guest.call.random_get(end, 16))).to.equal('FAULT')
    guest.memory.grow(1)
    expect(errno(guest.call.random_get(end, 16))).to.equal('SUCCESS')
    expect(errno(guest.call.random_get(end + PAGE_BYTES, 16))).to.equal('FAULT')
  })

  it('text that is no UTF-8 is EILSEQ', () => {
    const guest = new Guest('/')
    expect(errno(guest.call.path_unlink_file(3, guest.place(Uint8Array.of(0xff, 0xfe)), 2))).to.equal('ILSEQ')
    guest.wasi.close()
  })
})
