import { damaged } from './damage.ts';

/** Reads numbers of any width, the highest bit first. Throws `flac-damaged` where the data end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #byte: number;
  #bit = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#byte = position;
  }

  /** In whole bytes; a byte begun counts. */
  get position(): number {
    return this.#byte + (this.#bit > 0 ? 1 : 0);
  }

  /** @param width 0 to 32 */
  unsigned(width: number): number {
    if (width === 0) return 0;
    const value = this.#next32() >>> (32 - width);
    this.#skip(width);
    return value;
  }

  /** Two's complement. @param width 0 to 33 */
  signed(width: number): number {
    if (width > 32) return -this.unsigned(1) * 2 ** 32 + this.unsigned(32);
    if (width === 0) return 0;
    const value = this.#next32() >> (32 - width);
    this.#skip(width);
    return value;
  }

  /** The number of zeros before the next one. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      const run = Math.clz32(this.#next32());
      if (run < 32) {
        this.#skip(run + 1);
        return zeros + run;
      }
      this.#skip(32);
      zeros += 32;
    }
  }

  /** A Rice code: the number of zeros before the next one, and then `width` lower bits. @param width 0 to 31 */
  rice(width: number): number {
    const next = this.#next32();
    const zeros = Math.clz32(next);
    const length = zeros + 1 + width;
    if (length > 32) return (this.unary() << width) | this.unsigned(width);
    this.#skip(length);
    const rest = (next << zeros) << 1;
    return (zeros << width) | ((rest >>> 1) >>> (31 - width));
  }

  /** Goes on to the next whole byte. */
  align(): void {
    if (this.#bit > 0) this.#byte++;
    this.#bit = 0;
  }

  #next32(): number {
    const bytes = this.#bytes;
    const at = this.#byte;
    const high =
      ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return this.#bit === 0 ? high : (high << this.#bit) | ((bytes[at + 4] ?? 0) >> (8 - this.#bit));
  }

  #skip(width: number): void {
    const bit = this.#bit + width;
    this.#byte += bit >> 3;
    this.#bit = bit & 7;
    if (this.position > this.#bytes.length) throw damaged('it ends inside a frame');
  }
}
