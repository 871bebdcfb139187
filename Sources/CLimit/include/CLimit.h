#ifndef MILLRACE_CLIMIT_H
#define MILLRACE_CLIMIT_H

#include <stddef.h>
#include <stdint.h>

// What the workloads of the benchmarks cost without an engine, on one thread: record batches are decoded from memory with
// their checksums verified, results are computed in plain tables, and batches of results encoded with their checksums. No
// topics, no partitions of results, no changelogs, no commits. For benchmarks only.

/// The record batches of a partition, as they lie in its log.
typedef struct {
    const uint8_t *bytes;
    size_t count;
} limit_log;

typedef struct {
    /// Records that were read, but for those of side tables.
    uint64_t records;
    /// Bytes of the batches that were encoded.
    uint64_t output_bytes;
    /// How many results there are, and the sum of their hashes; 0 unless they were asked for.
    uint64_t results, checksum;
} limit_result;

// Each gives 0, or -1 if a log is damaged or memory runs out. `checks` asks for the checksum, which costs more than the rest.

/// W2: counts of clicks per page and minute.
int limit_clicks(const limit_log *logs, size_t count, int checks, limit_result *result);
/// W3: pages and times of visits of at least a second.
int limit_passthrough(const limit_log *logs, size_t count, int checks, limit_result *result);
/// W4: every eighth count of a key.
int limit_keycount(const limit_log *logs, size_t count, int checks, limit_result *result);
/// W1: views per campaign and ten seconds. The last log is that of the advertisements.
int limit_ysb(const limit_log *logs, size_t count, int checks, limit_result *result);

#endif
