// C calls JavaScript: by name, through a pointer, and with an exception that passes through the C code in between.
import { JIT, hostFunctions } from 'worc'

const jit = await JIT.start()
const seen = []
const tracker = jit.main.createResourceTracker()
await jit.main.define(
  hostFunctions({
    visit: {
      parameters: ['i32', 'i64'],
      results: [],
      call: (index, value) => {
        if (value < 0n) throw new RangeError(`value ${index} is ${value}`)
        seen.push(value)
      },
    },
    // Every thread that calls this one imports it for itself; a closure serves the thread that defines it.
    square_root: {
      parameters: ['f64'],
      results: ['f64'],
      module: new URL('square-root.mjs', import.meta.url),
      export: 'squareRoot',
    },
  }),
  tracker,
)
await jit.addC(`
  void visit(int index, long long value);
  double square_root(double);
  static void each(const long long *values, int count, void (*f)(int, long long)) {
    for (int i = 0; i < count; i++) f(i, values[i]);
  }
  double walk(long long last) {
    const long long values[] = {1LL << 40, 7, last};
    each(values, 3, visit);
    return square_root(values[1] + 2);
  }`)

const walk = await jit.lookup('walk')
console.log(`walk(5n) = ${walk(5n)}, having seen ${seen.join(', ')}`)
try {
  walk(-1n)
} catch (error) {
  console.log(`${error.name}: ${error.message}`)
}
await tracker.remove()
try {
  walk(5n)
} catch (error) {
  console.log(`after removal: ${error.code}`)
}
await jit[Symbol.asyncDispose]()
