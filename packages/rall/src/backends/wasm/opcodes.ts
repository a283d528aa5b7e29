/** @file Byte codes of the WebAssembly instructions in use (WebAssembly Core Specification 2.0, section 5.4). */

/** Instructions without immediate operands. Those of the vector extension follow the prefix 0xfd. */
export const opcodes = {
  "i32.eqz": [0x45],
  "i32.eq": [0x46],
  "i32.lt_u": [0x49],
  "i32.le_s": [0x4c],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.mul": [0x6c],
  "i32.div_u": [0x6e],
  "i32.and": [0x71],
  "i32.shr_u": [0x76],
  "f64.ge": [0x66],
  "f64.add": [0xa0],
  "f64.sub": [0xa1],
  "f64.mul": [0xa2],
  "f64.div": [0xa3],
  "f64.convert_i32_u": [0xb8],
  "memory.copy": [0xfc, 0x0a, 0x00, 0x00],
  "v128.not": [0xfd, 0x4d],
  "v128.and": [0xfd, 0x4e],
  "v128.or": [0xfd, 0x50],
  "v128.bitselect": [0xfd, 0x52],
  "f64x2.splat": [0xfd, 0x14],
  "i64x2.bitmask": [0xfd, 0xc4, 0x01],
  "i64x2.add": [0xfd, 0xce, 0x01],
  "i64x2.sub": [0xfd, 0xd1, 0x01],
  "i64x2.shl": [0xfd, 0xcb, 0x01],
  "i64x2.shr_u": [0xfd, 0xcd, 0x01],
  "f64x2.eq": [0xfd, 0x47],
  "f64x2.ne": [0xfd, 0x48],
  "f64x2.lt": [0xfd, 0x49],
  "f64x2.le": [0xfd, 0x4b],
  "f64x2.abs": [0xfd, 0xec, 0x01],
  "f64x2.neg": [0xfd, 0xed, 0x01],
  "f64x2.sqrt": [0xfd, 0xef, 0x01],
  "f64x2.nearest": [0xfd, 0x94, 0x01],
  "f64x2.add": [0xfd, 0xf0, 0x01],
  "f64x2.sub": [0xfd, 0xf1, 0x01],
  "f64x2.mul": [0xfd, 0xf2, 0x01],
  "f64x2.div": [0xfd, 0xf3, 0x01],
  "f64x2.min": [0xfd, 0xf4, 0x01],
  "f64x2.max": [0xfd, 0xf5, 0x01],
  "f64x2.pmin": [0xfd, 0xf6, 0x01],
  "f64x2.pmax": [0xfd, 0xf7, 0x01],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** Loads and stores, with the exponent of their natural alignment. */
export const memoryOpcodes = {
  "i32.load": { code: [0x28], alignment: 2 },
  "i32.store": { code: [0x36], alignment: 2 },
  "i32.load8_u": { code: [0x2d], alignment: 0 },
  "i32.store8": { code: [0x3a], alignment: 0 },
  "f64.load": { code: [0x2b], alignment: 3 },
  "f64.store": { code: [0x39], alignment: 3 },
  "v128.load": { code: [0xfd, 0x00], alignment: 3 },
  "v128.store": { code: [0xfd, 0x0b], alignment: 3 },
  "v128.load64_splat": { code: [0xfd, 0x0a], alignment: 3 },
} as const satisfies Readonly<Record<string, { code: readonly number[]; alignment: number }>>;

export const valueTypes = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;

export type Opcode = keyof typeof opcodes;
export type MemoryOpcode = keyof typeof memoryOpcodes;
export type ValueType = keyof typeof valueTypes;
