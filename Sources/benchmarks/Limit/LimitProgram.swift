import CLimit
import Foundation
import MillraceCommandLine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A workload without an engine: its C program over the batches that the broker's logs hold.
struct LimitProgram: Sendable {
    let workload: Workload
    private let run: @Sendable (UnsafePointer<limit_log>, Int, Int32, UnsafeMutablePointer<limit_result>) -> Int32

    static let all = [
        LimitProgram(workload: .clicks) { limit_clicks($0, $1, $2, $3) },
        LimitProgram(workload: .passthrough) { limit_passthrough($0, $1, $2, $3) },
        LimitProgram(workload: .keycount) { limit_keycount($0, $1, $2, $3) },
        LimitProgram(workload: .ysb) { limit_ysb($0, $1, $2, $3) },
    ]

    private init(
        workload: Workload,
        run: @escaping @Sendable (UnsafePointer<limit_log>, Int, Int32, UnsafeMutablePointer<limit_result>) -> Int32
    ) {
        self.workload = workload
        self.run = run
    }

    /// The CPU seconds of each run, and what is wrong with the results; nil if nothing is. The logs, which the broker in `directory`
    /// has written, are read into memory before.
    func measure(directory: String, scale: Scale, runs: Int) throws -> (cpuSeconds: [Double], fault: String?) {
        let logs = try workload.inputs.flatMap { data in
            try (0..<data.partitions).map { try Self.log(of: "\(directory)/\(data.topic(at: scale))-\($0)") }
        }
        let times = try (0..<runs).map { _ in try time { try result(of: logs, checks: false) } }
        let checked = try result(of: logs, checks: true)
        let found = Checksum(count: Int(checked.results), sum: checked.checksum)
        if Int(checked.records) != workload.records(at: scale) { return (times, "\(checked.records) records read") }
        guard let expected = try workload.results.first?.expected(scale), found != expected else { return (times, nil) }
        return (times, "\(workload.name) is \(found) and not \(expected)")
    }

    /// The bytes of a partition's log.
    private static func log(of directory: String) throws -> [UInt8] {
        let files = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".log") }.sorted()
        return try files.reduce(into: []) { $0 += try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\($1)")) }
    }

    private func result(of logs: [[UInt8]], checks: Bool) throws -> limit_result {
        var result = limit_result()
        // The pointers are good for the length of the calls within which they are given.
        func call(_ rest: ArraySlice<[UInt8]>, _ pointers: [limit_log]) -> Int32 {
            guard let log = rest.first else { return run(pointers, pointers.count, checks ? 1 : 0, &result) }
            return log.withUnsafeBufferPointer {
                call(rest.dropFirst(), pointers + [limit_log(bytes: $0.baseAddress, count: $0.count)])
            }
        }
        guard call(logs[...], []) == 0 else { throw CommandFailure("the limit program of \(workload.name) cannot read its input") }
        return result
    }

    /// The CPU time of this thread that `body` takes, in seconds.
    private func time<T>(_ body: () throws -> T) rethrows -> Double {
        let start = Self.threadSeconds
        _ = try body()
        return Self.threadSeconds - start
    }

    private static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
