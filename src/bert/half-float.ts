// Sixteen-bit floats to and from float32: IEEE 754 binary16 and bfloat16.

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

function decodeHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let decodedHalves: Float32Array | undefined;

/** binary16 words to float32, exactly. */
export function fromFloat16(words: Uint16Array): Float32Array {
  decodedHalves ??= Float32Array.from({ length: 65_536 }, (_, half) => decodeHalf(half));
  const result = new Float32Array(words.length);
  for (let i = 0; i < words.length; i += 1) result[i] = decodedHalves[words[i] as number] as number;
  return result;
}

/** bfloat16 words to float32, exactly. */
export function fromBfloat16(words: Uint16Array): Float32Array {
  const result = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i += 1) result[i] = (words[i] as number) << 16;
  return new Float32Array(result.buffer);
}

function encodeHalf(number: number): number {
  value[0] = number;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65,520 and more round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 makes the float unit round to a multiple of 2^-24, ties to even.
    value[0] = Math.abs(number) + 0.5;
    return sign | ((bits[0] as number) - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

/** float32 to binary16 words, rounded to the nearest, ties to even. */
export function toFloat16(numbers: Float32Array): Uint16Array {
  const result = new Uint16Array(numbers.length);
  for (let i = 0; i < numbers.length; i += 1) result[i] = encodeHalf(numbers[i] as number);
  return result;
}
