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

#endif
