// SHA-256 and CRC-32 of known texts.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint32_t k[64];
static void block(uint32_t h[8], const uint8_t *p) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) w[i] = w[i - 16] + w[i - 7] + (rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3) + (rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10);
  memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t a = v[7] + (rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
    uint32_t b = (rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += a, v[0] = a + b;
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}
static uint32_t fraction(int n, int cube) {
  double low = 1, high = n;
  for (int i = 0; i < 200; i++) { double m = (low + high) / 2; if ((cube ? m * m * m : m * m) < n) low = m; else high = m; }
  return (uint32_t)(uint64_t)((low - (int)low) * 4294967296.0);
}
static void sha256(const char *text) {
  uint32_t h[8];
  size_t length = strlen(text), padded = (length + 72) / 64 * 64;
  uint8_t message[512] = {0};
  for (int p = 2, n = 0; n < 64; p++) {
    int prime = 1;
    for (int d = 2; d * d <= p; d++) prime &= p % d != 0;
    if (!prime) continue;
    if (n < 8) h[n] = fraction(p, 0);
    k[n++] = fraction(p, 1);
  }
  memcpy(message, text, length);
  message[length] = 0x80;
  for (int i = 0; i < 8; i++) message[padded - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
  for (size_t at = 0; at < padded; at += 64) block(h, message + at);
  for (int i = 0; i < 8; i++) printf("%08x", h[i]);
  putchar('\n');
}
static uint32_t crc(const char *text) {
  uint32_t c = ~0u;
  for (; *text; text++) { c ^= (uint8_t)*text; for (int i = 0; i < 8; i++) c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0); }
  return ~c;
}

int main(void) {
  sha256("");
  sha256("abc");
  sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  printf("%08x\n", crc("123456789"));
  return 0;
}
