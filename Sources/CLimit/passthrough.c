#include "clicks.h"

int limit_passthrough(const limit_log *logs, size_t count, int checks, limit_result *result) {
    *result = (limit_result){0, 0, 0, 0};
    writer *w = new_writer(result, checks);
    int state = w ? 0 : -1;
    for (size_t i = 0; i < count && state == 0; i++) {
        reader r = reader_of(logs[i]);
        record record;
        while ((state = next_record(&r, &record)) == 1) {
            click click;
            result->records++;
            if (!read_click(record.value, &click) || click.dwell.count > 18) { state = -1; break; }
            int64_t dwell = 0;
            for (size_t digit = 0; digit < click.dwell.count; digit++) dwell = dwell * 10 + (click.dwell.bytes[digit] - '0');
            if (dwell < 1000) continue;
            // The line is "page,action,dwell" from the page on: the page goes first, comma and time after it.
            slice end = {click.dwell.bytes - 1, click.dwell.count + 1};
            if (!write_record(w, record.timestamp, record.key, (slice){record.key.bytes, 0}, click.page, end)) { state = -1; break; }
        }
        // Each partition has batches of its own.
        if (state == 0) end_batch(w);
    }
    free(w);
    return state;
}
