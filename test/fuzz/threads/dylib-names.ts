// The dylibs of a stage, by name.
import { dylibCount } from './program.js'

/** The first has generators; the others are what steps count from 0. */
export const dylibNames: readonly string[] = Array.from({ length: dylibCount + 1 }, (_, n) => `storm ${n}`)
