// Linux's system calls, made by a hart: what programs get, what they are refused, and what memory they may not name.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { WasiExit, createLinuxCalls, createLinuxFiles } from '@worc/executor'
import type { LinuxCalls, LinuxFiles, Regions } from '@worc/executor'
import type { Reservation } from '@worc/executor-memory'
import type { Hart, HartSignature } from '@worc/riscv'
import { claim, valueOf } from '../executor-memory/claims-under-test.js'
import { openMachine, returned } from './machine.js'
import type { Machine } from './machine.js'

const [EBADF, EACCES, EFAULT, EINVAL, ENOTTY, ENOENT, EAGAIN, ENODEV] = [9, 13, 14, 22, 25, 2, 11, 19]
const [ESPIPE, ENOSYS, ETIMEDOUT] = [29, 38, 110]
const workingDirectory = -100

for (const xlen of [32, 64] as const)
  describe(`Linux calls of RV${xlen}`, () => {
    let machine: Machine
    let files: LinuxFiles
    let linux: LinuxCalls
    let hart: Hart
    let folder: string
    let output: string
    let waits: number
    let scratch: number
    let callCode: number

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'worc-linux-'))
      output = ''
      waits = 0
      machine = openMachine()
      const write = (bytes: Uint8Array): void => void (output += Buffer.from(bytes).toString())
      files = createLinuxFiles({
        stdin: { type: 'bytes', bytes: Buffer.from('Foo\nBar\n') },
        stdout: write,
        stderr: write,
        terminals: [1],
        directories: new Map([['.', folder]]),
      })
      linux = createLinuxCalls({
        xlen,
        pages: machine.pages,
        memory: machine.guest.bytes,
        files,
        regions: regionsOf(machine),
        breakBytes: 0x10000,
        now: {
          realtime: () => 1_700_000_000_123_456_789n,
          monotonic: () => 42n * 1_000_000_000n + BigInt(waits) * 10n ** 9n,
        },
        whileWaiting: () => waits++,
      })
      hart = machine.hart(xlen, 0, { environmentCall: linux.environmentCall })
      scratch = machine.data(0x2000).address
      callCode = machine.place('ecall\nret', xlen).address
    })

    afterEach(() => {
      linux.close()
      files.closeAll()
      rmSync(folder, { recursive: true })
    })

    const signature: HartSignature = {
      parameters: Array.from({ length: 8 }, () => 'pointer' as const),
      results: [xlen === 64 ? 'i64' : 'i32'],
    }

    function ask(call: number, ...args: readonly number[]): number {
      const all = [...args, 0, 0, 0, 0, 0, 0, 0].slice(0, 7)
      return Number(returned(hart.call(callCode, signature, [...all, call])))
    }

    function put(text: string, at: number = scratch): number {
      machine.guest.bytes().set(Buffer.from(`${text}\0`), at)
      return at
    }

    function textAt(address: number, size: number): string {
      return Buffer.from(machine.guest.bytes().slice(address, address + size)).toString()
    }

    it('a program writes, and ends with its code', () => {
      const source = `
        li a0, 1
        mv a1, sp
        li a2, 0x0a6f6f46
        sw a2, 0(a1)
        li a2, 4
        li a7, 64
        ecall
        li a0, 0x12a
        li a7, 93
        ecall
        ebreak`
      const code = machine.place(`addi sp, sp, -16\n${source}`, xlen)
      expect(() => hart.call(code.address, { parameters: [], results: [] }, []))
        .to.throw(WasiExit)
        .with.property('code', 42)
      expect(output).to.equal('Foo\n')
    })

    it('read and readv: what there is, then the end; write and writev: all of it', () => {
      expect(ask(63, 0, scratch, 5)).to.equal(5)
      expect(textAt(scratch, 5)).to.equal('Foo\nB')
      const word = xlen / 8
      const vector = (entries: readonly (readonly [number, number])[]): number => {
        for (const [index, entry] of entries.entries())
          for (const [position, value] of entry.entries()) {
            const at = scratch + 0x100 + (2 * index + position) * word
            if (word === 8) machine.view().setBigUint64(at, BigInt(value), true)
            else machine.view().setUint32(at, value, true)
          }
        return scratch + 0x100
      }
      expect(
        ask(
          65,
          0,
          vector([
            [scratch, 1],
            [0, 0],
            [scratch + 8, 9],
          ]),
          3,
        ),
      ).to.equal(3)
      expect(textAt(scratch, 1) + textAt(scratch + 8, 2)).to.equal('ar\n')
      expect(ask(63, 0, scratch, 5)).to.equal(0)
      put('Baz Qux')
      expect(
        ask(
          66,
          2,
          vector([
            [scratch, 4],
            [scratch + 4, 3],
          ]),
          2,
        ),
      ).to.equal(7)
      expect(ask(64, 1, scratch, 3)).to.equal(3)
      expect(output).to.equal('Baz QuxBaz')
    })

    it('memory that is not the guest’s: EFAULT, and nothing is read, written or consumed', () => {
      const code = machine.place('nop', xlen)
      expect(ask(63, 0, code.address, 1)).to.equal(-EFAULT)
      expect(ask(63, 0, scratch + 0x1fff, 2)).to.equal(-EFAULT)
      expect(ask(63, 0, 0, 1)).to.equal(-EFAULT)
      expect(ask(64, 1, scratch + 0x1fff, 2)).to.equal(-EFAULT)
      expect(ask(66, 1, 16, 1)).to.equal(-EFAULT)
      expect(ask(56, workingDirectory, 0x800, 0)).to.equal(-EFAULT)
      expect(ask(80, 1, 0x800)).to.equal(-EFAULT)
      expect(ask(63, 0, scratch, 3)).to.equal(3)
      expect(textAt(scratch, 3)).to.equal('Foo')
      if (xlen === 64) expect(ask(64, 1, 2 ** 40, 2)).to.equal(-EFAULT)
    })

    it('files: created, written, sought, read, looked at and closed; the lowest free number is the next', () => {
      const [readWrite, create, truncate] = [2, 0x40, 0x200]
      const name = put('./Foo.txt')
      const fd = ask(56, workingDirectory, name, readWrite | create | truncate, 0o644)
      expect(fd).to.equal(3)
      put('Hello, Bar', scratch + 64)
      expect(ask(64, fd, scratch + 64, 10)).to.equal(10)
      expect(ask(62, fd, 7, 0)).to.equal(7)
      expect(ask(63, fd, scratch + 128, 99)).to.equal(3)
      expect(textAt(scratch + 128, 3)).to.equal('Bar')
      expect(ask(62, fd, -4, 2)).to.equal(6)
      expect(ask(80, fd, scratch + 256)).to.equal(0)
      expect(machine.view().getBigInt64(scratch + 256 + 48, true)).to.equal(10n)
      expect(machine.view().getUint32(scratch + 256 + 16, true) & 0o170000).to.equal(0o100000)
      expect(ask(57, fd)).to.equal(0)
      expect(ask(57, fd)).to.equal(-EBADF)
      expect(readFileSync(join(folder, 'Foo.txt'), 'utf8')).to.equal('Hello, Bar')
      expect(ask(79, workingDirectory, name, scratch + 256, 0)).to.equal(0)
      expect(machine.view().getBigInt64(scratch + 256 + 48, true)).to.equal(10n)
    })

    it('the old open takes newlib’s flags; appending goes to the end', () => {
      writeFileSync(join(folder, 'Foo'), 'Foo')
      const fd = ask(1024, put('Foo'), 1 | 8)
      expect(ask(64, fd, put('Bar'), 3)).to.equal(3)
      expect(ask(57, fd)).to.equal(0)
      expect(readFileSync(join(folder, 'Foo'), 'utf8')).to.equal('FooBar')
      const created = ask(1024, put('Baz'), 1 | 0x200 | 0x400, 0o644)
      expect(created).to.equal(3)
      expect(ask(63, created, scratch, 1), 'opened for writing').to.be.lessThan(0)
    })

    it('nothing outside of the directories that were given, not by a link and not by `..`', () => {
      symlinkSync('/etc', join(folder, 'Foo'))
      for (const path of ['../Foo', 'Foo/passwd', '..'])
        expect(ask(56, workingDirectory, put(path), 0), path).to.equal(-EACCES)
      expect(ask(56, workingDirectory, put('/etc/passwd'), 0)).to.equal(-ENOENT)
      expect(ask(56, workingDirectory, put(''), 0)).to.equal(-ENOENT)
      expect(ask(78, workingDirectory, put('Foo'), scratch + 64, 3)).to.equal(3)
      expect(textAt(scratch + 64, 3)).to.equal('/et')
    })

    it('streams cannot seek, and are terminals where the embedder says so', () => {
      expect(ask(62, 1, 0, 0)).to.equal(-ESPIPE)
      expect([ask(29, 1, 0x5401, scratch), ask(29, 2, 0x5401, scratch)]).to.deep.equal([0, -ENOTTY])
      expect(ask(80, 1, scratch)).to.equal(0)
      expect(machine.view().getUint32(scratch + 16, true) & 0o170000).to.equal(0o020000)
    })

    it('brk: starts somewhere, moves within its limit, and gives zeroes again after it went down', () => {
      const start = ask(214, 0)
      expect(ask(214, start + 0x1800)).to.equal(start + 0x1800)
      machine.view().setUint8(start + 0x1700, 7)
      expect(ask(214, start + 0x10001)).to.equal(start + 0x1800)
      expect(ask(214, start - 1)).to.equal(start + 0x1800)
      expect([ask(214, start), ask(214, start + 0x1800)]).to.deep.equal([start, start + 0x1800])
      expect(machine.view().getUint8(start + 0x1700)).to.equal(0)
    })

    it('mmap: zeroed memory, until munmap; files, fixed addresses and code are refused', () => {
      const [readWrite, anonymous] = [3, 0x22]
      const address = ask(222, 0, 5000, readWrite, anonymous, -1)
      expect(machine.pages.permits(address, 0x2000, 'write')).to.equal(true)
      expect(ask(63, 0, address, 3)).to.equal(3)
      expect(ask(215, address, 5000)).to.equal(0)
      expect(machine.pages.permits(address, 1, 'read')).to.equal(false)
      expect(ask(215, address, 5000)).to.equal(-EINVAL)
      expect(ask(222, 0, 4096, readWrite, 2, 3)).to.equal(-ENODEV)
      expect(ask(222, scratch, 4096, readWrite, anonymous | 0x10)).to.equal(-EINVAL)
      expect(ask(222, 0, 4096, 7, anonymous)).to.equal(-EACCES)
      expect(ask(222, 0, 0x7000_0000, readWrite, anonymous), 'ENOMEM').to.equal(-12)
    })

    it('mprotect: a program writes code, executes it after fence.i, and writes it again', () => {
      const [read, write, execute] = [1, 2, 4]
      const address = ask(222, 0, 8192, read | write, 0x22)
      const put = (immediate: number): void => {
        machine.view().setUint32(address, 0x0000_0513 | (immediate << 20), true)
        machine.view().setUint16(address + 4, 0x8082, true)
      }
      const code = machine.place('fence.i\njr a0', xlen)
      const run = (): unknown =>
        returned(hart.call(code.address, { parameters: ['pointer'], results: ['i32'] }, [address]))
      for (const immediate of [7, 1234, 9]) {
        expect(ask(226, address, 8192, read | write)).to.equal(0)
        put(immediate)
        expect(ask(226, address, 8192, read | execute)).to.equal(0)
        expect([run(), run()]).to.deep.equal([immediate, immediate])
        expect(machine.pages.permits(address, 1, 'write')).to.equal(false)
      }
      expect(ask(226, address, 8192, read | write | execute)).to.equal(-EACCES)
      expect(ask(226, address + 1, 8192, read)).to.equal(-EINVAL)
      expect(ask(226, 0x800_0000, 8192, read)).to.equal(-12)
      expect(ask(226, address + 0x1000, 0x2000_0000, read | write)).to.equal(-12)
      expect(ask(215, address, 8192)).to.equal(0)
      expect(ask(226, address, 8192, read)).to.equal(-12)
    })

    it('clocks: seconds and a rest', () => {
      const pair = (): readonly [bigint, bigint] => [
        machine.view().getBigInt64(scratch, true),
        machine.view().getBigInt64(scratch + 8, true),
      ]
      expect([ask(169, scratch), ...pair()]).to.deep.equal([0, 1_700_000_000n, 123_456n])
      expect([ask(113, 0, scratch), ...pair()]).to.deep.equal([0, 1_700_000_000n, 123_456_789n])
      expect([ask(403, 1, scratch), ...pair()]).to.deep.equal([0, 42n, 0n])
      expect(ask(113, 99, scratch)).to.equal(-EINVAL)
      expect(ask(153, scratch)).to.equal(4200)
    })

    it('the process: one, of nobody in particular; signals end it; what is not known is ENOSYS', () => {
      expect([172, 174, 178, 96, 99, 134, 135].map((call) => ask(call))).to.deep.equal([1, 0, 1, 1, 0, 0, 0])
      expect(ask(160, scratch)).to.equal(0)
      expect(textAt(scratch + 4 * 65, 7)).to.equal(`riscv${xlen}`)
      expect(() => ask(129, 1, 6))
        .to.throw(WasiExit)
        .with.property('code', 134)
      expect(ask(278, scratch, 64)).to.equal(64)
      expect(new Set(machine.guest.bytes().slice(scratch, scratch + 64)).size).to.be.greaterThan(8)
      expect([ask(9999), ask(0)]).to.deep.equal([-ENOSYS, -ENOSYS])
    })

    it('futex: waits only for the value it names, until its time is over; wakes who waits', () => {
      machine.view().setInt32(scratch, 5, true)
      expect(ask(98, scratch, 128, 4)).to.equal(-EAGAIN)
      machine.view().setBigInt64(scratch + 16, 2n, true)
      expect(ask(98, scratch, 128, 5, scratch + 16)).to.equal(-ETIMEDOUT)
      expect(waits).to.equal(2)
      expect(ask(98, scratch, 129, 1)).to.equal(0)
      expect(ask(98, scratch + 2, 128, 5)).to.equal(-EINVAL)
    })
  })

function regionsOf({ mapper }: Machine): Regions {
  const reservations = new Map<number, Reservation>()
  return {
    map(sizeBytes) {
      const reserved = mapper.reserve(sizeBytes, 16, claim())
      if (!reserved.ok) return undefined
      valueOf(mapper.initialize(reserved.value, []))
      reservations.set(reserved.value.address, reserved.value)
      return reserved.value.address
    },
    unmap(address) {
      const reservation = reservations.get(address)
      if (reservation === undefined) throw new Error(`nothing is mapped at ${address}`)
      reservations.delete(address)
      mapper.deinitialize(reservation, 1)
      mapper.release(reservation)
    },
  }
}
