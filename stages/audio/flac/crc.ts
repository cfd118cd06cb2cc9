/** The check sum of a frame header: polynomial x^8 + x^2 + x + 1 (RFC 9639, 9.1.8). */
export function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x80 ? 0x107 : 0);
  }
  return crc;
}

/** The check sum of a frame: polynomial x^16 + x^15 + x^2 + 1 (RFC 9639, 9.3). */
export function crc16(bytes: Uint8Array): number {
  crc16Table ??= Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x18005 : 0);
    return crc;
  });
  let crc = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- which is ten times slower on typed arrays
  for (let index = 0; index < bytes.length; index++) {
    crc = ((crc << 8) & 0xffff) ^ (crc16Table[(crc >> 8) ^ (bytes[index] ?? 0)] ?? 0);
  }
  return crc;
}

let crc16Table: Uint16Array | undefined;
