#ifndef MILLRACE_LIMIT_COUNTS_H
#define MILLRACE_LIMIT_COUNTS_H

#include "batches.h"

// Counts by key and window: open addressing, keys of up to 64 bytes within the rows.

enum { LONGEST_KEY = 64 };

typedef struct {
    uint64_t hash;
    int64_t window, count, time;
    uint64_t key_count;
    uint8_t key[LONGEST_KEY];
} count_row;

typedef struct {
    count_row *rows;
    /// By hash: the row's number and 1, or 0.
    uint32_t *places;
    uint32_t used, capacity, mask;
} counts;

static inline uint64_t hash_of(slice key, int64_t window) {
    uint64_t hash = (uint64_t)window * 0x9e3779b97f4a7c15u;
    const uint8_t *at = key.bytes;
    size_t left = key.count;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0xbf58476d1ce4e5b9u;
        hash ^= hash >> 29;
    }
    if (left > 0) {
        uint64_t word = 0;
        memcpy(&word, at, left);
        hash = (hash ^ word) * 0xbf58476d1ce4e5b9u;
    }
    return hash ^ (hash >> 32);
}

static inline void free_counts(counts *c) {
    free(c->rows);
    free(c->places);
}

static int grow(counts *c) {
    uint32_t capacity = c->capacity ? c->capacity * 2 : 1 << 14;
    count_row *rows = realloc(c->rows, capacity * sizeof(count_row));
    if (rows) c->rows = rows;
    uint32_t *places = rows ? calloc(capacity * 2, sizeof(uint32_t)) : NULL;
    if (!places) return 0;
    free(c->places);
    c->places = places;
    c->capacity = capacity;
    c->mask = capacity * 2 - 1;
    for (uint32_t row = 0; row < c->used; row++) {
        uint64_t at = rows[row].hash & c->mask;
        while (places[at]) at = (at + 1) & c->mask;
        places[at] = row + 1;
    }
    return 1;
}

/// Counts one; 0 if the key is too long or memory runs out.
static inline int count_one(counts *c, slice key, int64_t window, int64_t time) {
    if (key.count > LONGEST_KEY || (c->used == c->capacity && !grow(c))) return 0;
    uint64_t hash = hash_of(key, window);
    uint64_t at = hash & c->mask;
    for (; c->places[at]; at = (at + 1) & c->mask) {
        count_row *row = &c->rows[c->places[at] - 1];
        if (row->hash != hash || row->window != window || row->key_count != key.count) continue;
        if (memcmp(row->key, key.bytes, key.count) != 0) continue;
        row->count++;
        if (time > row->time) row->time = time;
        return 1;
    }
    count_row *row = &c->rows[c->used++];
    *row = (count_row){hash, window, 1, time, key.count, {0}};
    memcpy(row->key, key.bytes, key.count);
    c->places[at] = c->used;
    return 1;
}

/// Writes all counts: the key and the window's start, and the count.
static int write_counts(const counts *c, writer *w) {
    for (uint32_t i = 0; i < c->used; i++) {
        const count_row *row = &c->rows[i];
        uint8_t window[8], count[8];
        store_be(window, (uint64_t)row->window, 8);
        store_be(count, (uint64_t)row->count, 8);
        slice key = {row->key, row->key_count};
        if (!write_record(w, row->time, key, (slice){window, 8}, (slice){count, 8}, (slice){count, 0})) return 0;
    }
    end_batch(w);
    return 1;
}

#endif
