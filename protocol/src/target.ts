// What code a session links and runs: WebAssembly modules, or machine code in memory that its threads execute themselves.
export type TargetName = 'wasm' | 'riscv64' | 'riscv32'
