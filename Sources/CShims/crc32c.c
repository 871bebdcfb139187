#include "CShims.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// Slicing-by-8 tables for the reflected polynomial 0x82F63B78, filled once at load time.
static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int k = 0; k < 8; k++) crc = (crc & 1) ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        table[0][n] = crc;
    }
    for (uint32_t n = 0; n < 256; n++)
        for (int k = 1; k < 8; k++) table[k][n] = (table[k - 1][n] >> 8) ^ table[0][table[k - 1][n] & 0xff];
}

uint32_t millrace_crc32c_table(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *p = bytes;
    crc = ~crc;
    while (length >= 8) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        low = __builtin_bswap32(low);
        high = __builtin_bswap32(high);
#endif
        low ^= crc;
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24] ^
              table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^ table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
        p += 8;
        length -= 8;
    }
    while (length--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

#if defined(__x86_64__) || (defined(__aarch64__) && defined(__ARM_FEATURE_CRC32))
#define MILLRACE_HARDWARE 1
#if defined(__x86_64__)
#define TARGET __attribute__((target("sse4.2")))
#define CRC_WORD(state, word) _mm_crc32_u64(state, word)
#define CRC_BYTE(state, byte) _mm_crc32_u8((uint32_t)(state), byte)
#else
#define TARGET
#define CRC_WORD(state, word) __crc32cd((uint32_t)(state), word)
#define CRC_BYTE(state, byte) __crc32cb((uint32_t)(state), byte)
#endif

// The instruction takes three cycles but one can start each cycle. So three neighbouring blocks are summed at once, and
// the sums joined: appending n zero bytes to what a sum stands for is a linear map of its bits, tabled by byte for the
// two block lengths.
enum { LONG = 4096, SHORT = 256 };
static uint32_t after_long[4][256], after_short[4][256];

static uint32_t apply(const uint32_t matrix[32], uint32_t vector) {
    uint32_t sum = 0;
    for (int bit = 0; vector; bit++, vector >>= 1)
        if (vector & 1) sum ^= matrix[bit];
    return sum;
}

static void fill_shift(uint32_t shift[4][256], size_t zero_bytes) {
    uint32_t map[32], square[32];
    // One zero bit, then squared: 2, 4, 8 bits and so on; `zero_bytes` is a power of two.
    map[0] = 0x82F63B78u;
    for (int bit = 1; bit < 32; bit++) map[bit] = 1u << (bit - 1);
    for (size_t bits = 1; bits < zero_bytes * 8; bits *= 2) {
        for (int bit = 0; bit < 32; bit++) square[bit] = apply(map, map[bit]);
        memcpy(map, square, sizeof map);
    }
    for (int byte = 0; byte < 4; byte++)
        for (uint32_t n = 0; n < 256; n++) shift[byte][n] = apply(map, n << (8 * byte));
}

__attribute__((constructor)) static void fill_shifts(void) {
    fill_shift(after_long, LONG);
    fill_shift(after_short, SHORT);
}

static inline uint64_t shifted(const uint32_t shift[4][256], uint64_t crc) {
    return shift[0][crc & 0xff] ^ shift[1][(crc >> 8) & 0xff] ^ shift[2][(crc >> 16) & 0xff] ^ shift[3][(crc >> 24) & 0xff];
}

static inline uint64_t word_at(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

TARGET static inline uint64_t three_blocks(uint64_t first, const uint8_t *p, size_t block, const uint32_t shift[4][256]) {
    uint64_t second = 0, third = 0;
    for (const uint8_t *end = p + block; p < end; p += 8) {
        first = CRC_WORD(first, word_at(p));
        second = CRC_WORD(second, word_at(p + block));
        third = CRC_WORD(third, word_at(p + 2 * block));
    }
    return shifted(shift, shifted(shift, first) ^ second) ^ third;
}

TARGET static uint32_t crc32c_hardware(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *p = bytes;
    uint64_t state = ~crc & 0xffffffffu;
    for (; length >= 3 * LONG; p += 3 * LONG, length -= 3 * LONG) state = three_blocks(state, p, LONG, after_long);
    for (; length >= 3 * SHORT; p += 3 * SHORT, length -= 3 * SHORT) state = three_blocks(state, p, SHORT, after_short);
    for (; length >= 8; p += 8, length -= 8) state = CRC_WORD(state, word_at(p));
    while (length--) state = CRC_BYTE(state, *p++);
    return ~(uint32_t)state;
}
#endif

#if defined(__x86_64__)
static int has_hardware;
__attribute__((constructor)) static void detect(void) {
    unsigned a, b, c, d;
    has_hardware = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2);
}
int millrace_crc32c_is_hardware(void) { return has_hardware; }
#elif defined(MILLRACE_HARDWARE)
int millrace_crc32c_is_hardware(void) { return 1; }
#else
int millrace_crc32c_is_hardware(void) { return 0; }
#define crc32c_hardware millrace_crc32c_table
#endif

uint32_t millrace_crc32c(uint32_t crc, const void *bytes, size_t length) {
    return millrace_crc32c_is_hardware() ? crc32c_hardware(crc, bytes, length) : millrace_crc32c_table(crc, bytes, length);
}
