// Symmetric int8 of weight matrices, row by row, and tiled transposes of them. Shared by the exported and the serving graph.

/**
 * Largest quantised weight of a matrix product. Processors without VNNI add two products of an activation (0 to 255) and
 * a weight in signed 16 bits: 2 · 255 · 64 = 32,640 still fits, 2 · 255 · 127 does not.
 */
export const WEIGHT_LIMIT = 64;
/** Rows of a table are never multiplied in integers: the whole of int8 is theirs. */
export const TABLE_LIMIT = 127;

export interface QuantizedRows {
  /** Same order as the source. */
  values: Int8Array;
  /** One per row; `value * scale` is the weight. */
  scales: Float32Array;
}

/** @param width numbers of a row; each row has its own scale, a row of zeros the scale 1 */
export function quantizeRows(data: Float32Array, width: number, limit: number): QuantizedRows {
  const values = new Int8Array(data.length);
  const scales = new Float32Array(data.length / width);
  for (let row = 0; row < scales.length; row += 1) {
    const start = row * width;
    let largest = 0;
    for (let i = start; i < start + width; i += 1) {
      const size = Math.abs(data[i] as number);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / limit) || 1;
    scales[row] = scale;
    for (let i = start; i < start + width; i += 1) {
      const level = Math.round((data[i] as number) / scale);
      values[i] = level > limit ? limit : level < -limit ? -limit : level;
    }
  }
  return { values, scales };
}

/** Rows and columns of a tile, so that what is read and what is written stay in the processor's cache. */
const TILE = 32;

/**
 * Writes `source` `[rows, columns]` transposed into `target` `[columns, width]`, from column `offset` on.
 */
export function transposeInto<T extends Float32Array | Int8Array>(
  target: T,
  width: number,
  offset: number,
  source: T,
  columns: number,
): void {
  const rows = source.length / columns;
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    const rowEnd = Math.min(rows, rowTile + TILE);
    for (let columnTile = 0; columnTile < columns; columnTile += TILE) {
      const columnEnd = Math.min(columns, columnTile + TILE);
      for (let row = rowTile; row < rowEnd; row += 1) {
        for (let column = columnTile; column < columnEnd; column += 1) {
          target[column * width + offset + row] = source[row * columns + column] as number;
        }
      }
    }
  }
}
