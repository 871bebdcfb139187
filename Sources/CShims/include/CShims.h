#ifndef MILLRACE_CSHIMS_H
#define MILLRACE_CSHIMS_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes continued from `crc` (0 to start), by the CPU's instruction where it has
/// one, else by table.
uint32_t millrace_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The same by table alone: the fallback, callable so that tests can compare both.
uint32_t millrace_crc32c_table(uint32_t crc, const void *bytes, size_t length);

/// Whether `millrace_crc32c` uses a CPU instruction on this machine.
int millrace_crc32c_is_hardware(void);

// The structures of the compression libraries that are loaded at run time, as their headers lay them out. Only their
// layout is needed here, not their headers.

/// zlib's `z_stream`.
typedef struct {
    const uint8_t *next_in;
    unsigned avail_in;
    unsigned long total_in;
    uint8_t *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *message;
    void *state;
    void *allocate;
    void *release;
    void *opaque;
    int data_type;
    unsigned long adler;
    unsigned long reserved;
} millrace_zlib_stream;

/// liblz4's `LZ4F_preferences_t`.
typedef struct {
    unsigned block_size;
    unsigned block_independent;
    unsigned content_checksum;
    unsigned frame_type;
    unsigned long long content_size;
    unsigned dictionary;
    unsigned block_checksum;
    int level;
    unsigned auto_flush;
    unsigned favor_decompression;
    unsigned reserved[3];
} millrace_lz4_preferences;

/// libzstd's `ZSTD_inBuffer`.
typedef struct {
    const void *bytes;
    size_t size;
    size_t position;
} millrace_zstd_input;

/// libzstd's `ZSTD_outBuffer`.
typedef struct {
    void *bytes;
    size_t size;
    size_t position;
} millrace_zstd_output;

// Waiting for sockets by the system's own means, which Swift does not see: epoll on Linux, kqueue on macOS.

enum { MILLRACE_POLLER_READ = 1, MILLRACE_POLLER_WRITE = 2, MILLRACE_POLLER_HANGUP = 4 };

/// A socket that has become ready: the token it was armed with, and for what.
typedef struct {
    uint64_t token;
    int32_t directions;
} millrace_poller_event;

/// A new poller's descriptor; -1 and `errno` if there is none to be had.
int millrace_poller_create(void);

/// Reports once when the socket `number` is ready for one of `directions`. Replaces what was armed before; after a
/// report, what was not reported may have to be armed again. Returns 0 or an `errno`.
int millrace_poller_arm(int poller, int number, uint64_t token, int directions);

/// Waits until armed sockets are ready and returns how many were written to `events`; -1 and `errno` on failure.
int millrace_poller_wait(int poller, millrace_poller_event *events, int capacity);

#endif
