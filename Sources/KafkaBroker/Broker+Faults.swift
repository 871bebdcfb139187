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
    mutating func isDue(_ partition: TopicPartition, _ code: KafkaErrorCode, now: Int64) -> Bool {
        let fault = Fault(partition: partition, code: code)
        if let last = told[fault], now.saturatingSubtract(last) < Self.pause { return false }
        told = told.filter { now.saturatingSubtract($0.value) < Self.pause }
        told[fault] = now
        return true
    }
}

extension Broker {
    /// Tells a fault that many requests may meet, once a minute for each partition, if it is one for the operator.
    func note(_ error: RequestError, reading partition: TopicPartition) {
        note(error, of: partition, if: error.code == .corruptMessage)
    }

    /// The same for a write: what is wrong with the client's bytes is the client's to know.
    func note(_ error: RequestError, writing partition: TopicPartition) { note(error, of: partition, if: false) }

    private func note(_ error: RequestError, of partition: TopicPartition, if isOurs: Bool) {
        switch error.code {
        case .kafkaStorageError, .unsupportedCompressionType, .unknownServerError: break
        default: guard isOurs else { return }
        }
        guard !isClosed else { return }
        let isDue = toldFaults.withLock { $0.isDue(partition, error.code, now: clock.monotonic()) }
        if isDue { report.about("\(partition)")("\(error.message) (\(error.code))") }
    }
}
