// Names the file when a page of a mapped one cannot be read: the disk has gone, or the file was cut short. The kernel then ends
// the process with SIGBUS, and without this there would be no word of why.
#ifndef ASAP_CORE_BYTES_BUS_ERROR_H_
#define ASAP_CORE_BYTES_BUS_ERROR_H_

#include <cstddef>
#include <string>

namespace asap {

// Watches a mapping; the number to end it with, or -1 where too many are watched already. Installs a handler for SIGBUS the first
// time, unless the program has one: it writes which file it was to standard error, and lets the signal end the process.
// Thread-safe.
int WatchMapping(const std::string& path, const void* data, size_t size);
void EndWatch(int number);

}  // namespace asap

#endif  // ASAP_CORE_BYTES_BUS_ERROR_H_
