// For numbers that were checked where they came from: the reader of an object looked at each index and offset in it, a pass
// made the table it looks in. That one leads nowhere is a program error.

export function existing<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`${name} does not exist`)
  return thing
}
