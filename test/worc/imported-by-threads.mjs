// What threads import as host functions: the module's state is each thread's own.
let calls = 0

export function countCalls() {
  calls += 1
  return calls
}

export default function negate(value) {
  return -value
}

export const notAFunction = 5
