#include "clicks.h"

#include "counts.h"

int limit_clicks(const limit_log *logs, size_t count, int checks, limit_result *result) {
    *result = (limit_result){0, 0, 0, 0};
    counts c = {0};
    writer *w = new_writer(result, checks);
    int state = w ? 0 : -1;
    for (size_t i = 0; i < count && state == 0; i++) {
        reader r = reader_of(logs[i]);
        record record;
        while ((state = next_record(&r, &record)) == 1) {
            click click;
            result->records++;
            if (!read_click(record.value, &click)) { state = -1; break; }
            if (click.action.count != 5 || memcmp(click.action.bytes, "click", 5) != 0) continue;
            int64_t window = record.timestamp - record.timestamp % 60000;
            if (!count_one(&c, click.page, window, record.timestamp)) { state = -1; break; }
        }
    }
    if (state == 0 && !write_counts(&c, w)) state = -1;
    free_counts(&c);
    free(w);
    return state;
}
