internal import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Allows as many open files as the system lets the user have: a broker has one for each segment and connection.
func raiseFileLimit() {
    #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
}

/// Lets the allocator keep some megabytes that are freed. Else glibc gives the buffer of each fetch back to the system,
/// which then has to clear the same pages for the next one: that was two thirds of a broker's work for readers.
func keepFreedBuffers() {
    #if canImport(Glibc)
        // <malloc.h> is not part of the module Glibc; the numbers are its.
        let (trimThreshold, mapThreshold): (Int32, Int32) = (-1, -3)
        let library = SystemLibrary.Description(
            feature: "keeping buffers", name: "glibc", linuxFiles: ["libc.so.6"], darwinFiles: [], debianPackage: "libc6",
            homebrewPackage: "glibc")
        let set: (@convention(c) (Int32, Int32) -> Int32)? = try? SystemLibrary(library).function("mallopt")
        // Buffers below the first limit come from the heap, whose end is given back when more than the second is free.
        _ = set?(mapThreshold, 4 << 20)
        _ = set?(trimThreshold, 16 << 20)
    #endif
}
