#ifndef MILLRACE_LIMIT_BATCHES_H
#define MILLRACE_LIMIT_BATCHES_H

#include <stdlib.h>
#include <string.h>

#include "CLimit.h"
#include "CShims.h"

// Record batches (format 2), read and written.

typedef struct {
    const uint8_t *bytes;
    size_t count;
} slice;

typedef struct {
    int64_t timestamp;
    slice key, value;
} record;

static inline uint64_t load_be(const uint8_t *at, size_t size) {
    uint64_t number = 0;
    memcpy((uint8_t *)&number + 8 - size, at, size);
    return __builtin_bswap64(number);
}

static inline void store_be(uint8_t *at, uint64_t number, size_t size) {
    number = __builtin_bswap64(number);
    memcpy(at, (uint8_t *)&number + 8 - size, size);
}

/// Where the parts of a batch's header are.
enum { LENGTH_AT = 8, MAGIC_AT = 16, CRC_AT = 17, ATTRIBUTES_AT = 21, LAST_OFFSET_AT = 23, TIME_AT = 27, MAX_TIME_AT = 35,
       PRODUCER_AT = 43, COUNT_AT = 57, HEADER = 61 };

// MARK: - Reading

typedef struct {
    const uint8_t *at, *end;
    const uint8_t *record, *records_end;
    uint32_t left;
    int64_t time;
} reader;

static inline reader reader_of(limit_log log) {
    return (reader){log.bytes, log.bytes + log.count, NULL, NULL, 0, 0};
}

static inline int read_varint(const uint8_t **at, const uint8_t *end, int64_t *number) {
    uint64_t raw = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        raw |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *number = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
            return 1;
        }
    }
    return 0;
}

static inline int read_slice(const uint8_t **at, const uint8_t *end, slice *found) {
    int64_t count;
    if (!read_varint(at, end, &count) || count > end - *at) return 0;
    *found = (slice){*at, count < 0 ? 0 : (size_t)count};
    *at += found->count;
    return 1;
}

/// Goes to the next batch: 1, 0 at the end, -1 for damage.
static int next_batch(reader *r) {
    if (r->at == r->end) return 0;
    if (r->end - r->at < HEADER) return -1;
    uint64_t size = load_be(r->at + LENGTH_AT, 4) + LENGTH_AT + 4;
    if (size < HEADER || size > (uint64_t)(r->end - r->at) || r->at[MAGIC_AT] != 2) return -1;
    uint32_t crc = (uint32_t)load_be(r->at + CRC_AT, 4);
    if (millrace_crc32c(0, r->at + ATTRIBUTES_AT, size - ATTRIBUTES_AT) != crc) return -1;
    r->left = (uint32_t)load_be(r->at + COUNT_AT, 4);
    r->time = (int64_t)load_be(r->at + TIME_AT, 8);
    r->record = r->at + HEADER;
    r->at += size;
    r->records_end = r->at;
    return 1;
}

/// The next record: 1, 0 at the end of the log, -1 for damage.
static inline int next_record(reader *r, record *found) {
    while (r->left == 0) {
        int batch = next_batch(r);
        if (batch != 1) return batch;
    }
    r->left--;
    int64_t size, delta, offset;
    if (!read_varint(&r->record, r->records_end, &size) || size < 1 || size > r->records_end - r->record) return -1;
    const uint8_t *at = r->record + 1, *end = r->record + size;
    r->record = end;
    if (!read_varint(&at, end, &delta) || !read_varint(&at, end, &offset)) return -1;
    if (!read_slice(&at, end, &found->key) || !read_slice(&at, end, &found->value)) return -1;
    found->timestamp = (int64_t)((uint64_t)r->time + (uint64_t)delta);
    return 1;
}

// MARK: - Writing

enum { BATCH_BYTES = 65536, LARGEST_RECORD = 4096 };

typedef struct {
    limit_result *result;
    int checks;
    size_t size;
    uint32_t count;
    int64_t time, max_time;
    uint8_t bytes[BATCH_BYTES + LARGEST_RECORD];
} writer;

static inline void end_batch(writer *w) {
    if (w->count == 0) return;
    memset(w->bytes, 0, HEADER);
    store_be(w->bytes + LENGTH_AT, w->size - LENGTH_AT - 4, 4);
    w->bytes[MAGIC_AT] = 2;
    store_be(w->bytes + LAST_OFFSET_AT, w->count - 1, 4);
    store_be(w->bytes + TIME_AT, (uint64_t)w->time, 8);
    store_be(w->bytes + MAX_TIME_AT, (uint64_t)w->max_time, 8);
    memset(w->bytes + PRODUCER_AT, 0xff, COUNT_AT - PRODUCER_AT);
    store_be(w->bytes + COUNT_AT, w->count, 4);
    store_be(w->bytes + CRC_AT, millrace_crc32c(0, w->bytes + ATTRIBUTES_AT, w->size - ATTRIBUTES_AT), 4);
    w->result->output_bytes += w->size;
    w->count = 0;
}

static inline size_t varint_size(int64_t number) {
    uint64_t raw = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    return (size_t)(70 - __builtin_clzll(raw | 1)) / 7;
}

static inline uint8_t *write_varint(uint8_t *at, int64_t number) {
    uint64_t raw = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    for (; raw >= 0x80; raw >>= 7) *at++ = (uint8_t)raw | 0x80;
    *at++ = (uint8_t)raw;
    return at;
}

static inline uint8_t *write_slice(uint8_t *at, slice bytes) {
    memcpy(at, bytes.bytes, bytes.count);
    return at + bytes.count;
}

static inline uint64_t hash_on(uint64_t state, slice bytes) {
    for (size_t i = 0; i < bytes.count; i++) state = (state ^ bytes.bytes[i]) * 0x100000001b3u;
    return state;
}

/// The hash of a result, as the workloads' checksums have it.
static void add_hash(limit_result *result, slice key, slice value) {
    static const uint8_t between = 0x1f;
    uint64_t z = hash_on(hash_on(hash_on(0xcbf29ce484222325u, key), (slice){&between, 1}), value);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    result->results++;
    result->checksum += z ^ (z >> 31);
}

/// Adds a record whose key and value are in two parts each. 0 if it is too large.
static inline int write_record(writer *w, int64_t time, slice key, slice more_key, slice value, slice more_value) {
    int64_t key_count = (int64_t)(key.count + more_key.count), value_count = (int64_t)(value.count + more_value.count);
    if (key_count + value_count > LARGEST_RECORD - 64) return 0;
    if (w->count == 0) {
        w->size = HEADER;
        w->time = w->max_time = time;
    }
    int64_t delta = time - w->time;
    size_t size = 1 + varint_size(delta) + varint_size(w->count) + varint_size(key_count) + (size_t)key_count +
                  varint_size(value_count) + (size_t)value_count + 1;
    uint8_t *at = write_varint(w->bytes + w->size, (int64_t)size);
    *at++ = 0;
    at = write_varint(write_varint(at, delta), w->count);
    uint8_t *key_at = at = write_varint(at, key_count);
    at = write_slice(write_slice(at, key), more_key);
    uint8_t *value_at = at = write_varint(at, value_count);
    at = write_slice(write_slice(at, value), more_value);
    *at++ = 0;
    if (w->checks) add_hash(w->result, (slice){key_at, (size_t)key_count}, (slice){value_at, (size_t)value_count});
    if (time > w->max_time) w->max_time = time;
    w->count++;
    w->size = (size_t)(at - w->bytes);
    if (w->size >= BATCH_BYTES) end_batch(w);
    return 1;
}

static inline writer *new_writer(limit_result *result, int checks) {
    writer *w = malloc(sizeof(writer));
    if (w) {
        w->result = result;
        w->checks = checks;
        w->count = 0;
    }
    return w;
}

#endif
