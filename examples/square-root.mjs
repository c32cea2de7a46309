// Imported as a host function by each thread whose C code calls it.
export function squareRoot(value) {
  return Math.sqrt(value)
}
