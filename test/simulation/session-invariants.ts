// Which invariant a sentence of verifySessionState is about. The first row that fits says.

import type { PromiseName } from './promises.js'

const rows: readonly (readonly [RegExp, PromiseName])[] = [
  [/\bquer(y|ies)\b/, 'I11'],
  [/\bask \d/, 'I18'],
  [/responsibilit|answers for|holder/, 'I20'],
  [/\blease/, 'I23'],
  [/\bgroup\b|blocked|waits/, 'I17'],
  [/manager|being removed|reclaim/, 'I21'],
  [/held \d|handle|token|parked|remembered/, 'I37'],
  [/default tracker/, 'I4'],
  [/is one tracker/, 'I5'],
  [/not open|links against|closed|ended/, 'I33'],
  [/\bunit\b/, 'I3'],
]

export function invariantOf(sentence: string): PromiseName {
  return rows.find(([pattern]) => pattern.test(sentence))?.[1] ?? 'I1'
}
