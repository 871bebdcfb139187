#include "counts.h"

// The members of a JSON object whose values are strings; any JSON is taken.

typedef struct {
    const uint8_t *at, *end;
} json;

static inline void skip_space(json *j) {
    while (j->at < j->end && (*j->at == ' ' || (*j->at >= 9 && *j->at <= 13))) j->at++;
}

static inline int expect(json *j, uint8_t byte) {
    if (j->at == j->end || *j->at != byte) return 0;
    j->at++;
    return 1;
}

/// The bytes of a word that are `byte`, by their high bits; wrong only above the first.
static inline uint64_t holding(uint64_t word, uint8_t byte) {
    uint64_t with = word ^ (0x0101010101010101u * byte);
    return (with - 0x0101010101010101u) & ~with & 0x8080808080808080u;
}

static inline int read_string(json *j, slice *found) {
    if (!expect(j, '"')) return 0;
    const uint8_t *start = j->at;
    while (j->at < j->end) {
        if (j->end - j->at >= 8) {
            uint64_t word;
            memcpy(&word, j->at, 8);
            uint64_t special = holding(word, '"') | holding(word, '\\');
            if (special == 0) {
                j->at += 8;
                continue;
            }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            j->at += __builtin_ctzll(special) / 8;
#endif
        }
        if (*j->at == '\\') {
            j->at += j->end - j->at >= 2 ? 2 : 1;
        } else if (*j->at == '"') {
            *found = (slice){start, (size_t)(j->at++ - start)};
            return 1;
        } else {
            j->at++;
        }
    }
    return 0;
}

static int skip_value(json *j) {
    slice string;
    for (int64_t depth = 0; j->at < j->end;) {
        uint8_t byte = *j->at;
        if (byte == '"') {
            if (!read_string(j, &string)) return 0;
            continue;
        }
        if (byte == '{' || byte == '[') depth++;
        if ((byte == '}' || byte == ']') && depth-- == 0) return 1;
        if (byte == ',' && depth == 0) return 1;
        j->at++;
    }
    return 0;
}

static inline int is(slice text, const char *word, size_t count) {
    return text.count == count && memcmp(text.bytes, word, count) == 0;
}

typedef struct {
    slice ad;
    int is_view;
} event;

static inline int read_event(slice text, event *found) {
    json j = {text.bytes, text.bytes + text.count};
    *found = (event){{NULL, 0}, -1};
    skip_space(&j);
    if (!expect(&j, '{')) return 0;
    for (;;) {
        slice name, value;
        skip_space(&j);
        if (expect(&j, ',')) skip_space(&j);
        if (j.at < j.end && *j.at == '}') return found->ad.bytes && found->is_view >= 0;
        if (!read_string(&j, &name)) return 0;
        skip_space(&j);
        if (!expect(&j, ':')) return 0;
        skip_space(&j);
        if (j.at == j.end) return 0;
        if (*j.at != '"') {
            if (!skip_value(&j)) return 0;
            continue;
        }
        if (!read_string(&j, &value)) return 0;
        if (is(name, "ad_id", 5)) found->ad = value;
        if (is(name, "event_type", 10)) found->is_view = is(value, "view", 4);
    }
}

// Advertisements are rows of counts whose count stands for the campaign.

typedef struct {
    counts ads;
    slice *campaigns;
} campaigns;

static slice campaign_of(const campaigns *c, slice ad) {
    uint64_t hash = hash_of(ad, 0);
    for (uint64_t at = hash & c->ads.mask; c->ads.capacity && c->ads.places[at]; at = (at + 1) & c->ads.mask) {
        uint32_t number = c->ads.places[at] - 1;
        const count_row *row = &c->ads.rows[number];
        if (row->hash == hash && row->key_count == ad.count && memcmp(row->key, ad.bytes, ad.count) == 0)
            return c->campaigns[number];
    }
    return (slice){NULL, 0};
}

static int read_campaigns(limit_log log, campaigns *c) {
    reader r = reader_of(log);
    record record;
    int state;
    while ((state = next_record(&r, &record)) == 1) {
        uint32_t before = c->ads.used;
        if (!count_one(&c->ads, record.key, 0, 0)) return -1;
        if (c->ads.used == before) continue;
        slice *larger = realloc(c->campaigns, c->ads.used * sizeof(slice));
        if (!larger) return -1;
        c->campaigns = larger;
        larger[before] = record.value;
    }
    return state;
}

int limit_ysb(const limit_log *logs, size_t count, int checks, limit_result *result) {
    *result = (limit_result){0, 0, 0, 0};
    if (count == 0) return -1;
    counts c = {0};
    campaigns ads = {0};
    writer *w = new_writer(result, checks);
    int state = w ? read_campaigns(logs[count - 1], &ads) : -1;
    for (size_t i = 0; i + 1 < count && state == 0; i++) {
        reader r = reader_of(logs[i]);
        record record;
        while ((state = next_record(&r, &record)) == 1) {
            event event;
            result->records++;
            if (!read_event(record.value, &event)) { state = -1; break; }
            if (!event.is_view) continue;
            slice campaign = campaign_of(&ads, event.ad);
            if (!campaign.bytes) continue;
            int64_t window = record.timestamp - record.timestamp % 10000;
            if (!count_one(&c, campaign, window, record.timestamp)) { state = -1; break; }
        }
    }
    if (state == 0 && !write_counts(&c, w)) state = -1;
    free_counts(&c);
    free_counts(&ads.ads);
    free(ads.campaigns);
    free(w);
    return state;
}
