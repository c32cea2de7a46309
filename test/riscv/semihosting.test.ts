// Semihosting: an ebreak between its two neighbours is a call, any other a breakpoint; console, files, clocks and the end.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { WasiExit, createLinuxCalls, createLinuxFiles } from '@worc/executor'
import type { LinuxCalls, LinuxFiles } from '@worc/executor'
import type { Hart, HartSignature } from '@worc/riscv'
import { openMachine, returned } from './machine.js'
import type { Machine } from './machine.js'

const call = '.option norvc\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\nret'
const [open, close, writeCharacter, writeText, write, read, readCharacter] = [1, 2, 3, 4, 5, 6, 7]
const [isError, isTerminal, seek, length, clock, time, errno, exit] = [8, 9, 0xa, 0xc, 0x10, 0x11, 0x13, 0x18]
const [exitExtended, elapsed, frequency] = [0x20, 0x30, 0x31]
const applicationExit = 0x2_0026

for (const xlen of [32, 64] as const)
  describe(`Semihosting of RV${xlen}`, () => {
    let machine: Machine
    let files: LinuxFiles
    let linux: LinuxCalls
    let hart: Hart
    let folder: string
    let output: string
    let errors: string
    let now: bigint
    let scratch: number
    let callCode: number

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'worc-semihosting-'))
      output = errors = ''
      now = 10_000_000_000n
      machine = openMachine()
      files = createLinuxFiles({
        stdin: { type: 'bytes', bytes: Buffer.from('Foo') },
        stdout: (bytes) => void (output += Buffer.from(bytes).toString()),
        stderr: (bytes) => void (errors += Buffer.from(bytes).toString()),
        terminals: [1],
        directories: new Map([['.', folder]]),
      })
      linux = createLinuxCalls({
        xlen,
        pages: machine.pages,
        memory: machine.guest.bytes,
        files,
        regions: { map: () => undefined, unmap: () => undefined },
        now: { realtime: () => 1_700_000_000_999_999_999n, monotonic: () => now },
      })
      const { environmentCall, semihostingCall } = linux
      hart = machine.hart(xlen, 0, { environmentCall, semihostingCall })
      scratch = machine.data(0x2000).address
      callCode = machine.place(call, xlen).address
    })

    afterEach(() => {
      linux.close()
      files.closeAll()
      rmSync(folder, { recursive: true })
    })

    const signature: HartSignature = { parameters: ['pointer', 'pointer'], results: [xlen === 64 ? 'i64' : 'i32'] }

    function ask(operation: number, argument: number): number {
      return Number(returned(hart.call(callCode, signature, [operation, argument])))
    }

    /** With a block of words as the argument. */
    function askWith(operation: number, ...words: readonly number[]): number {
      for (const [index, word] of words.entries()) {
        if (xlen === 64) machine.view().setBigUint64(scratch + 8 * index, BigInt(word), true)
        else machine.view().setUint32(scratch + 4 * index, word, true)
      }
      return ask(operation, scratch)
    }

    function put(text: string, offset = 0x100): number {
      machine.guest.bytes().set(Buffer.from(`${text}\0`), scratch + offset)
      return scratch + offset
    }

    function openNamed(name: string, mode: number): number {
      return askWith(open, put(name), mode, name.length)
    }

    it('the console: characters, texts, and its three streams by the mode they are opened with', () => {
      ask(writeCharacter, put('F'))
      ask(writeText, put('oo\n'))
      expect(output).to.equal('Foo\n')
      const [stdin, stdout, stderr] = [0, 4, 8].map((mode) => openNamed(':tt', mode)) as [number, number, number]
      expect(askWith(write, stdout, put('Bar'), 3)).to.equal(0)
      expect(askWith(write, stderr, put('Baz'), 3)).to.equal(0)
      expect([output, errors]).to.deep.equal(['Foo\nBar', 'Baz'])
      expect(ask(readCharacter, 0)).to.equal(0x46)
      expect(askWith(read, stdin, scratch + 0x200, 8)).to.equal(6)
      expect(Buffer.from(machine.guest.bytes().slice(scratch + 0x200, scratch + 0x202)).toString()).to.equal('oo')
      expect(askWith(read, stdin, scratch + 0x200, 8)).to.equal(8)
      expect(ask(readCharacter, 0)).to.equal(-1)
      expect([stdin, stdout, stderr].map((handle) => askWith(isTerminal, handle))).to.deep.equal([0, 1, 0])
    })

    it('files: written, appended to, sought in, measured, and gone when closed', () => {
      const made = openNamed('made.txt', 6)
      expect(askWith(write, made, put('Foo Bar'), 7)).to.equal(0)
      expect(askWith(seek, made, 4)).to.equal(0)
      expect(askWith(read, made, scratch + 0x200, 3)).to.equal(0)
      expect(askWith(length, made)).to.equal(7)
      expect(askWith(close, made)).to.equal(0)
      expect(askWith(write, made, put('x'), 1)).to.equal(-1)
      expect(ask(errno, 0)).to.equal(9)
      const again = openNamed('made.txt', 8)
      expect(askWith(write, again, put('!'), 1)).to.equal(0)
      askWith(close, again)
      expect(readFileSync(join(folder, 'made.txt'), 'utf8')).to.equal('Foo Bar!')
    })

    it('what is refused is -1, and errno says why', () => {
      expect(openNamed('nowhere.txt', 0)).to.equal(-1)
      expect(ask(errno, 0)).to.equal(2)
      expect(askWith(isError, 2 ** xlen - 2 ** (xlen - 20))).to.equal(1)
      expect(openNamed('../outside', 4)).to.equal(-1)
      expect(ask(write, 0x10)).to.equal(-1)
      expect(ask(errno, 0)).to.equal(14)
      expect(ask(0x99, 0)).to.equal(-1)
      expect(ask(errno, 0)).to.equal(38)
    })

    it('clocks', () => {
      now += 1_230_000_000n
      expect(ask(clock, 0)).to.equal(123)
      expect(ask(time, 0)).to.equal(1_700_000_000)
      expect(ask(elapsed, scratch)).to.equal(0)
      expect(machine.view().getBigUint64(scratch, true)).to.equal(1_230_000_000n)
      expect(ask(frequency, 0)).to.equal(1_000_000_000)
    })

    it('the end, with its code, or as a failure for any other reason', () => {
      const ends = (run: () => unknown): Chai.Assertion => expect(run).to.throw(WasiExit)
      ends(() => askWith(exitExtended, applicationExit, 42)).with.property('code', 42)
      ends(() => askWith(exitExtended, 0x2_0023, 42)).with.property('code', 1)
      if (xlen === 64) ends(() => askWith(exit, applicationExit, 7)).with.property('code', 7)
      else ends(() => ask(exit, applicationExit)).with.property('code', 0)
    })

    it('an ebreak without its neighbours is a breakpoint', () => {
      for (const source of [
        '.option norvc\nnop\nebreak\nsrai x0, x0, 7\nret',
        '.option norvc\nslli x0, x0, 0x1f\nebreak\nsrai x0, x0, 8\nret',
        'slli x0, x0, 0x1f\nc.ebreak\nsrai x0, x0, 7\nret',
      ]) {
        const { address } = machine.place(source, xlen)
        expect(hart.call(address, signature, [exit, applicationExit])).to.nested.include({
          kind: 'trapped',
          'trap.cause': 'breakpoint',
        })
      }
    })
  })
