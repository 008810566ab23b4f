import { readThriftStruct, type ThriftStruct, type ThriftValue } from './thrift-struct.ts'

/** Where the values of one column in one row group lie. */
export interface ColumnChunk {
  readonly name: string
  /** Physical type: 2 = INT64, 6 = BYTE_ARRAY. */
  readonly type: number
  /** 0 = none, 6 = zstd. */
  readonly codec: number
  readonly values: number
  /** Offset in the file of its first page. */
  readonly start: number
  readonly bytes: number
  /** How many rows have none; null when the file does not say. */
  readonly nulls: number | null
  /** The least and the greatest number in it; null for texts, or when the file does not say. */
  readonly range: readonly [number, number] | null
}

/** Rows that lie together. */
export interface RowGroup {
  readonly rows: number
  readonly columns: ReadonlyMap<string, ColumnChunk>
}

/** What the end of a Parquet file tells. */
export interface ParquetFooter {
  readonly rows: number
  readonly groups: readonly RowGroup[]
}

/** Bytes at the end of a file from which the length of its footer can be read. */
export const TRAILER_BYTES = 8

/**
 * Length of the footer, with the trailer.
 *
 * @param trailer the last `TRAILER_BYTES` of the file
 * @throws Error when it is no Parquet file
 */
export function readFooterLength(trailer: Buffer): number {
  if (trailer.length !== TRAILER_BYTES || trailer.toString('latin1', 4) !== 'PAR1') throw new Error('no Parquet file')
  return trailer.readUInt32LE(0) + TRAILER_BYTES
}

/**
 * Reads the footer of a file with flat columns, such as we write them.
 *
 * @param bytes the end of the file, as long as `readFooterLength` says
 * @throws Error when it cannot be read
 */
export function readFooter(bytes: Buffer): ParquetFooter {
  const { struct } = readThriftStruct(bytes, 0)
  return { rows: numberAt(struct, 3), groups: structsAt(struct, 4).map(readGroup) }
}

function readGroup(group: ThriftStruct): RowGroup {
  const chunks = structsAt(group, 1).map((column) => readChunk(structAt(column, 3)))
  return { rows: numberAt(group, 3), columns: new Map(chunks.map((chunk) => [chunk.name, chunk])) }
}

function readChunk(chunk: ThriftStruct): ColumnChunk {
  const path = listAt(chunk, 3)
  if (!(numberAt(chunk, 5) <= MOST_ROWS)) throw new Error('a damaged Parquet file: more rows than a group may have')
  const data = numberAt(chunk, 9)
  const dictionary = chunk.get(11)
  return {
    name: path.map(String).join('.'),
    type: numberAt(chunk, 1),
    codec: numberAt(chunk, 4),
    values: numberAt(chunk, 5),
    start: typeof dictionary === 'number' && dictionary > 0 ? Math.min(dictionary, data) : data,
    bytes: numberAt(chunk, 7),
    nulls: readNulls(chunk),
    range: readRange(chunk),
  }
}

function readNulls(chunk: ThriftStruct): number | null {
  const statistics = chunk.get(12)
  const nulls = statistics instanceof Map ? statistics.get(3) : undefined
  return typeof nulls === 'number' ? nulls : null
}

function readRange(chunk: ThriftStruct): readonly [number, number] | null {
  const statistics = chunk.get(12)
  if (numberAt(chunk, 1) !== INT64 || !(statistics instanceof Map)) return null
  const [most, least] = [statistics.get(5), statistics.get(6)]
  return most instanceof Buffer && least instanceof Buffer ? [readInt64(least, 0), readInt64(most, 0)] : null
}

/** A number of 64 bits, exact up to 2^53. @throws RangeError beyond the bytes */
export function readInt64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readInt32LE(offset + 4) * 2 ** 32
}

const INT64 = 2

/** A field that must be there. @throws Error when it is not, or of another type */
export function numberAt(struct: ThriftStruct, id: number): number {
  const value = struct.get(id)
  return typeof value === 'number' ? value : damaged(id)
}

/** The same for a struct. */
export function structAt(struct: ThriftStruct, id: number): ThriftStruct {
  const value = struct.get(id)
  return value instanceof Map ? value : damaged(id)
}

function listAt(struct: ThriftStruct, id: number): readonly ThriftValue[] {
  const value = struct.get(id)
  return Array.isArray(value) ? value : damaged(id)
}

function structsAt(struct: ThriftStruct, id: number): ThriftStruct[] {
  return listAt(struct, id).map((each) => (each instanceof Map ? each : damaged(id)))
}

function damaged(id: number): never {
  throw new Error(`a damaged Parquet file: field ${id} is missing`)
}

/** A damaged count must not take all memory. */
const MOST_ROWS = 1 << 22
