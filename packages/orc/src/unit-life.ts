// Written by .ci/life.mjs from test/model/unit-life.ts: which phase of a unit may follow on which.

export const unitPhaseCount = 4

/**
 * A group of bits for each phase, and in it a bit for each that may follow. Both from left to right:
 * gone, settled, materializing, unmaterialized.
 */
export const unitLife = 0b0000_1010_1101_1010
