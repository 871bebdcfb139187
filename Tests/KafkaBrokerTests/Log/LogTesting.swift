import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

/// Calls `body` with the path of an empty directory, which is removed afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
    let path = temporaryRoot()
    try makeDirectory(path)
    defer { removeDirectory(path) }
    try body(path)
}

/// The same for a test that lets others have their turn (`Task.yield`), as one that takes long should.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let path = temporaryRoot()
    try makeDirectory(path)
    defer { removeDirectory(path) }
    try await body(path)
}

/// A log in the directory "t-0" of `root`.
func openLog(
    _ root: String, _ configuration: LogConfiguration = LogConfiguration(), now: Int64 = 0, faults: LogFaults = .none
) throws -> PartitionLog {
    try PartitionLog(
        directory: "\(root)/t-0", topicPartition: TopicPartition(topic: "t", partition: 0),
        configuration: configuration, now: now, faults: faults)
}

/// The same with what it told.
func reopenLog(
    _ root: String, _ configuration: LogConfiguration = LogConfiguration(), now: Int64 = 0,
    checks: LogRecovery.Checks = .whatACrashLeaves, faults: LogFaults = .none
) throws -> (log: PartitionLog, told: [String]) {
    let told = Mutex<[String]>([])
    let log = try PartitionLog(
        directory: "\(root)/t-0", topicPartition: TopicPartition(topic: "t", partition: 0),
        configuration: configuration, checks: checks, now: now, faults: faults,
        report: { line in told.withLock { $0.append(line) } })
    return (log, told.withLock { $0 })
}

/// The names of the files of a log, those that end with `suffix`.
func files(_ root: String, _ suffix: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(root)/t-0").filter { $0.hasSuffix(suffix) }.sorted()
}

func settings(_ change: (inout LogConfiguration) -> Void) -> LogConfiguration {
    var configuration = LogConfiguration()
    change(&configuration)
    return configuration
}

/// A record as tests see it.
struct TestRecord: Equatable, CustomStringConvertible {
    var offset: Int64 = 0
    var key: String?
    var value: String?
    var description: String { "\(offset):\(key ?? "-")=\(value ?? "-")" }
}

/// A batch of values without keys.
func batch(
    _ values: [String], timestamp: Int64 = 0, producer: Int64 = -1, epoch: Int16 = 0, sequence: Int32 = 0,
    transactional: Bool = false
) throws -> Bytes {
    try batch(
        values.map { (nil, $0) }, timestamp: timestamp, producer: producer, epoch: epoch, sequence: sequence,
        transactional: transactional)
}

/// A batch of keys and values.
func batch(
    _ records: [(String?, String?)], timestamp: Int64 = 0, producer: Int64 = -1, epoch: Int16 = 0, sequence: Int32 = 0,
    transactional: Bool = false, control: Bool = false, compression: Compression = .none
) throws -> Bytes {
    let builder = RecordBatchBuilder(compression: compression, capacity: 256)
    for (key, value) in records {
        builder.append(timestamp: timestamp, key: key.map { Bytes(utf8: $0) }, value: value.map { Bytes(utf8: $0) })
    }
    return try builder.finish(
        producerId: producer, producerEpoch: producer < 0 ? -1 : epoch, baseSequence: producer < 0 ? -1 : sequence,
        isTransactional: transactional, isControl: control)
}

func joined(_ batches: [Bytes]) -> Bytes { Bytes(batches.flatMap(\.array)) }

/// The records in a fetch's bytes.
func records(in bytes: Bytes, control: Bool = false) throws -> [TestRecord] {
    var found: [TestRecord] = []
    var batches = RecordBatchSequence(bytes)
    while let batch = try batches.next() {
        try batch.validateChecksum()
        if batch.header.isControl, !control { continue }
        var records = try batch.records()
        while let record = try records.next() {
            found.append(TestRecord(offset: record.offset, key: record.key?.string, value: record.value?.string))
        }
    }
    #expect(batches.position == bytes.count, "only whole batches are given out")
    return found
}

extension PartitionLog {
    /// All records from `offset` on, read in pieces, as a consumer with that isolation sees them.
    func all(
        from offset: Int64? = nil, maxBytes: Int = 1000, isolation: Isolation = .readUncommitted
    ) throws -> [TestRecord] {
        var position = offset ?? logStartOffset
        let start = position
        var found: [TestRecord] = []
        while true {
            let result = try read(from: position, maxBytes: maxBytes, isolation: isolation)
            guard !result.records.isEmpty else { return found.filter { $0.offset >= start } }
            var aborted = result.abortedTransactions.sorted { $0.firstOffset < $1.firstOffset }
            var aborting: Set<Int64> = []
            var batches = RecordBatchSequence(result.records)
            while let batch = try batches.next() {
                try batch.validateChecksum()
                position = batch.header.nextOffset
                while let first = aborted.first, first.firstOffset <= batch.header.lastOffset {
                    aborting.insert(first.producerId)
                    aborted.removeFirst()
                }
                if batch.header.isControl {
                    if TransactionMarker(controlBatch: batch.bytes)?.commit == false {
                        aborting.remove(batch.header.producerId)
                    }
                    continue
                }
                if isolation == .readCommitted, batch.header.isTransactional, aborting.contains(batch.header.producerId) {
                    continue
                }
                found += try KafkaBrokerTests.records(in: batch.bytes)
            }
        }
    }

    var values: [String] { get throws { try all().map { $0.value ?? "-" } } }
}

/// Expects `body` to fail with `code`.
func expectError<R>(
    _ code: KafkaErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> R
) {
    do {
        _ = try body()
        Issue.record("no error, expected \(code)", sourceLocation: sourceLocation)
    } catch let error as PartitionLogError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error), expected \(code)", sourceLocation: sourceLocation)
    }
}

/// Copies the log as it is on disk now, as a crash would leave it.
func crashCopy(_ root: String, to other: String) throws {
    try? FileManager.default.removeItem(atPath: "\(other)/t-0")
    try FileManager.default.copyItem(atPath: "\(root)/t-0", toPath: "\(other)/t-0")
}

func file(_ root: String, _ kind: LogDirectory.Kind, _ offset: Int64) -> String {
    LogDirectory(path: "\(root)/t-0", faults: .none).path(kind, offset)
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func overwrite(_ path: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

/// A seeded generator, so that a failing test can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }
    mutating func next() -> UInt64 {
        state = state &+ 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A path for a directory; in memory where that is possible, for the tests sync files a lot.
func temporaryRoot() -> String {
    let memory = "/dev/shm"
    let parent =
        FileManager.default.isWritableFile(atPath: memory) ? memory : FileManager.default.temporaryDirectory.path
    return "\(parent)/partition-log-\(UUID().uuidString)"
}

func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
}

func removeDirectory(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
