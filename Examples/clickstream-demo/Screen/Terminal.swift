import Foundation
import MillraceCommandLine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What standard output is.
struct Terminal: Sendable {
    /// Whether it is a screen that can be drawn on anew.
    let isLive: Bool
    /// Whether it may be coloured: on a screen, unless `NO_COLOR` is set (no-color.org).
    let hasColour: Bool

    init() {
        let environment = ProcessInfo.processInfo.environment
        isLive = isatty(STDOUT_FILENO) == 1 && environment["TERM"] ?? "dumb" != "dumb"
        hasColour = isLive && environment["NO_COLOR"] ?? "" == ""
    }

    /// The columns and rows, as of now.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
