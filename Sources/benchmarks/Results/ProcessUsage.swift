import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the process has used so far.
enum ProcessUsage {
    /// The largest resident memory since the start of the process, in bytes.
    static var peakMemory: Int {
        #if canImport(Darwin)
            return usage.ru_maxrss
        #else
            // The child of a large process inherits that one's peak in `ru_maxrss`; VmHWM is its own.
            return statusFigure("VmHWM:") ?? usage.ru_maxrss * 1024
        #endif
    }

    /// Resident memory now, in bytes; nil if the system does not tell.
    static var residentMemory: Int? { statusFigure("VmRSS:") }

    /// A figure of Linux' account of the process, in bytes.
    private static func statusFigure(_ name: String) -> Int? {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        return kibibytes.map { $0 * 1024 }
    }

    private static var usage: rusage {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        return usage
    }

    /// Nanoseconds of a clock that all processes of the machine share.
    static var clock: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
