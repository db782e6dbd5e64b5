/** The bytes in a buffer of their own: a slice of a larger one (a socket's, a pool's) would keep all of that alive. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
