#include "batches.h"

// Counts of keys of eight bytes: open addressing, a key and its count side by side; a count of 0 is a free place.
typedef struct {
    uint64_t key, count;
} place;

typedef struct {
    place *places;
    uint64_t used, mask;
} table;

static inline place *find(table *t, uint64_t key) {
    uint64_t at = (key * 0x9e3779b97f4a7c15u) >> 20 & t->mask;
    while (t->places[at].count != 0 && t->places[at].key != key) at = (at + 1) & t->mask;
    return &t->places[at];
}

static int grow(table *t) {
    table larger = {NULL, t->used, t->places ? t->mask * 2 + 1 : (1 << 16) - 1};
    larger.places = calloc(larger.mask + 1, sizeof(place));
    if (!larger.places) return 0;
    for (uint64_t i = 0; t->places && i <= t->mask; i++)
        if (t->places[i].count != 0) *find(&larger, t->places[i].key) = t->places[i];
    free(t->places);
    *t = larger;
    return 1;
}

int limit_keycount(const limit_log *logs, size_t count, int checks, limit_result *result) {
    *result = (limit_result){0, 0, 0, 0};
    writer *w = new_writer(result, checks);
    int state = w ? 0 : -1;
    for (size_t i = 0; i < count && state == 0; i++) {
        reader r = reader_of(logs[i]);
        record record;
        // A partition has keys of its own.
        table t = {0};
        if (!grow(&t)) state = -1;
        while (state >= 0 && (state = next_record(&r, &record)) == 1) {
            result->records++;
            if (record.key.count != 8) { state = -1; break; }
            place *found = find(&t, load_be(record.key.bytes, 8));
            if (found->count == 0) {
                found->key = load_be(record.key.bytes, 8);
                t.used++;
            }
            uint64_t now = ++found->count;
            if (t.used * 2 > t.mask && !grow(&t)) { state = -1; break; }
            if (now % 8 != 0) continue;
            uint8_t value[8];
            store_be(value, now, 8);
            if (!write_record(w, record.timestamp, record.key, (slice){value, 0}, (slice){value, 8}, (slice){value, 0})) state = -1;
        }
        if (state == 0) end_batch(w);
        free(t.places);
    }
    free(w);
    return state;
}
