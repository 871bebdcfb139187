internal import KafkaProtocol
internal import Synchronization

/// What was told lately of requests that failed for want of something an operator can mend: a disk that is full or damaged,
/// a library that is missing.
struct ToldFaults: Sendable {
    private struct Fault: Hashable {
        let partition: TopicPartition
        let code: KafkaErrorCode
    }

    /// How long, in milliseconds, a fault that lasts is not told again.
    private static let pause: Int64 = 60_000

    /// When each was told last.
    private var told: [Fault: Int64] = [:]

    /// Whether the fault is to be told now; then it counts as told.
    fileprivate mutating func isDue(_ partition: TopicPartition, _ code: KafkaErrorCode, now: Int64) -> Bool {
        let fault = Fault(partition: partition, code: code)
        if let last = told[fault], now.saturatingSubtract(last) < Self.pause { return false }
        told = told.filter { now.saturatingSubtract($0.value) < Self.pause }
        told[fault] = now
        return true
    }
}

extension Mutex<ToldFaults> {
    /// Tells a fault that many requests may meet, once a minute for each partition, if it is one for the operator: what is
    /// wrong with the client's request is the client's to know. `isDamage` says that bytes which are wrong are the broker's.
    func note(
        _ error: RequestError, of partition: TopicPartition, isDamage: Bool = false, _ report: BrokerReport, now: Int64
    ) {
        switch error.code {
        case .kafkaStorageError, .unsupportedCompressionType, .unknownServerError: break
        case .corruptMessage where isDamage: break
        default: return
        }
        let isDue = withLock { $0.isDue(partition, error.code, now: now) }
        if isDue { report.about("\(partition)")("\(error)") }
    }
}

extension Broker {
    /// Tells that a partition cannot be read.
    func note(_ error: RequestError, reading partition: TopicPartition) {
        guard !isClosed else { return }
        toldFaults.note(error, of: partition, isDamage: true, report, now: clock.monotonic())
    }

    /// Tells that a partition cannot be written to.
    func note(_ error: RequestError, writing partition: TopicPartition) {
        guard !isClosed else { return }
        toldFaults.note(error, of: partition, report, now: clock.monotonic())
    }
}
