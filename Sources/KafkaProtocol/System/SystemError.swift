#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the system says about an error number, and what to do where it does not say enough.
package enum SystemError {
    /// The text of `number`, an `errno`.
    package static func text(_ number: Int32) -> String {
        guard let text = strerror(number).map({ String(cString: $0) }) else { return "error \(number)" }
        switch number {
        case EMFILE:
            let limit = openFileLimit.map { "may have \($0) open" } ?? "has its limit"
            return "\(text): the process \(limit); raise the limit with \"ulimit -n\" before it is started"
        case ENFILE: return "\(text): the whole system has its limit (fs.file-max)"
        default: return text
        }
    }

    private static var openFileLimit: UInt64? {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? UInt64(limit.rlim_cur) : nil
    }
}
