#ifndef MILLRACE_LIMIT_CLICKS_H
#define MILLRACE_LIMIT_CLICKS_H

#include "batches.h"

/// The last fields of a line `time,user,page,action,dwell`.
typedef struct {
    slice page, action, dwell;
} click;

static inline int last_field(slice *line, slice *field) {
    size_t at = line->count;
    while (at > 0 && line->bytes[at - 1] != ',') at--;
    if (at == 0) return 0;
    *field = (slice){line->bytes + at, line->count - at};
    line->count = at - 1;
    return 1;
}

static inline int read_click(slice line, click *found) {
    return last_field(&line, &found->dwell) && last_field(&line, &found->action) && last_field(&line, &found->page);
}

#endif
