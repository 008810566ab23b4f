/** A value of Thrift's compact protocol; numbers beyond 2^53 lose their last bits, which no field that we read has. */
export type ThriftValue = number | boolean | Buffer | readonly ThriftValue[] | ThriftStruct

/** The fields of a struct by their number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

/**
 * Reads one struct of Thrift's compact protocol, in which Parquet writes what it says about itself.
 *
 * @returns the struct and the offset behind it
 * @throws RangeError or Error when the bytes are no such struct
 */
export function readThriftStruct(
  bytes: Buffer,
  offset: number,
): { readonly struct: ThriftStruct; readonly end: number } {
  const reader = new CompactReader(bytes, offset)
  return { struct: reader.struct(0), end: reader.offset }
}

class CompactReader {
  readonly #bytes: Buffer
  offset: number

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes
    this.offset = offset
  }

  struct(depth: number): ThriftStruct {
    if (depth > DEEPEST) throw new Error('a damaged file: structures in structures without end')
    const fields = new Map<number, ThriftValue>()
    for (let id = 0; ; ) {
      const head = this.#byte()
      const type = head & 15
      if (type === STOP) return fields
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4)
      fields.set(id, type === TRUE || type === FALSE ? type === TRUE : this.#value(type, depth))
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case TRUE:
      case FALSE:
        return this.#byte() === TRUE
      case BYTE:
        return (this.#byte() << 24) >> 24
      case I16:
      case I32:
      case I64:
        return this.#zigzag()
      case DOUBLE:
        this.offset += 8
        return this.#bytes.readDoubleLE(this.offset - 8)
      case BINARY:
        return this.#binary()
      case LIST:
      case SET:
        return this.#list(depth)
      case STRUCT:
        return this.struct(depth + 1)
      default:
        throw new Error(`a damaged file: no type ${type}`)
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    if (count > this.#bytes.length) throw new Error('a damaged file: a list longer than the file')
    return Array.from({ length: count }, () => this.#value(head & 15, depth + 1))
  }

  #binary(): Buffer {
    const length = this.#varint()
    const end = this.offset + length
    if (end > this.#bytes.length) throw new Error('a damaged file: a text longer than the file')
    const bytes = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return bytes
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.offset++)
  }

  #varint(): number {
    const { value, end } = readVarint(this.#bytes, this.offset)
    this.offset = end
    return value
  }

  #zigzag(): number {
    return unzigzag(this.#varint())
  }
}

/** Reads an unsigned number in groups of seven bits, the lowest first. @throws RangeError at the end of the bytes */
export function readVarint(bytes: Buffer, offset: number): { readonly value: number; readonly end: number } {
  let value = 0
  let end = offset
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes.readUInt8(end++)
    value += (byte & 127) * scale
    if (byte < 128) return { value, end }
  }
}

/** Even numbers are those from zero on, odd ones those below. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

const STOP = 0
const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const STRUCT = 12
const DEEPEST = 20
