package io.headwater.ext4;

/**
 * The half-MD4 hash of a name in an indexed directory (kernel, fs/ext4/hash.c), over bytes as
 * unsigned numbers.
 *
 * @param seed four words of the superblock's hash seed; all zero means MD4's own initial values
 */
record NameHash(int[] seed) {
  private static final int K2 = 0x5A827999;
  private static final int K3 = 0x6ED9EBA1;

  /** The largest hash is the mark of the end, so a name never gets it. */
  private static final int END_OF_HASHES = 0xfffffffe;

  /** The major hash, unsigned 32 bits with the lowest bit 0. */
  int of(byte[] name) {
    int[] buffer = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    if ((seed[0] | seed[1] | seed[2] | seed[3]) != 0) {
      buffer = seed.clone();
    }
    var in = new int[8];
    for (int from = 0; from < name.length; from += 32) {
      fill(in, name, from);
      transform(buffer, in);
    }
    var hash = buffer[1] & ~1;
    return hash == END_OF_HASHES ? END_OF_HASHES - 2 : hash;
  }

  private static void fill(int[] in, byte[] name, int from) {
    var left = name.length - from;
    var pad = left | left << 8;
    pad |= pad << 16;
    var length = Math.min(left, 32);
    var value = pad;
    var word = 0;
    for (int i = 0; i < length; i++) {
      value = (name[from + i] & 0xff) + (value << 8);
      if (i % 4 == 3) {
        in[word++] = value;
        value = pad;
      }
    }
    if (word < 8) {
      in[word++] = value;
    }
    while (word < 8) {
      in[word++] = pad;
    }
  }

  private static void transform(int[] buffer, int[] in) {
    int a = buffer[0];
    int b = buffer[1];
    int c = buffer[2];
    int d = buffer[3];
    for (int i = 0; i < 8; i += 4) {
      a = Integer.rotateLeft(a + f(b, c, d) + in[i], 3);
      d = Integer.rotateLeft(d + f(a, b, c) + in[i + 1], 7);
      c = Integer.rotateLeft(c + f(d, a, b) + in[i + 2], 11);
      b = Integer.rotateLeft(b + f(c, d, a) + in[i + 3], 19);
    }
    for (int i = 1; i >= 0; i--) {
      a = Integer.rotateLeft(a + g(b, c, d) + in[i] + K2, 3);
      d = Integer.rotateLeft(d + g(a, b, c) + in[i + 2] + K2, 5);
      c = Integer.rotateLeft(c + g(d, a, b) + in[i + 4] + K2, 9);
      b = Integer.rotateLeft(b + g(c, d, a) + in[i + 6] + K2, 13);
    }
    for (int i = 3; i >= 1; i -= 2) {
      a = Integer.rotateLeft(a + h(b, c, d) + in[i] + K3, 3);
      d = Integer.rotateLeft(d + h(a, b, c) + in[i + 4] + K3, 9);
      c = Integer.rotateLeft(c + h(d, a, b) + in[i - 1] + K3, 11);
      b = Integer.rotateLeft(b + h(c, d, a) + in[i + 3] + K3, 15);
    }
    buffer[0] += a;
    buffer[1] += b;
    buffer[2] += c;
    buffer[3] += d;
  }

  private static int f(int x, int y, int z) {
    return z ^ (x & (y ^ z));
  }

  private static int g(int x, int y, int z) {
    return (x & y) + ((x ^ y) & z);
  }

  private static int h(int x, int y, int z) {
    return x ^ y ^ z;
  }
}
