import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct TaskFailureTests {
    func aborted(_ cause: KafkaError) -> KafkaError {
        KafkaError(.transactionAborted, "the transaction must be aborted", underlying: cause)
    }

    @Test func `who lost the partitions to another member has migrated`() {
        for code in [KafkaErrorCode.illegalGeneration, .unknownMemberId, .rebalanceInProgress, .fencedMemberEpoch] {
            #expect(TaskFailure(KafkaError(.broker, "commit", errorCode: code)) == .migrated)
            #expect(TaskFailure(aborted(KafkaError(.broker, "commit", errorCode: code))) == .migrated)
        }
        #expect(TaskFailure(KafkaError(.rebalanced, "commit")) == .migrated)
    }

    @Test func `who lost the transactional id may still have the partitions`() {
        for code in [KafkaErrorCode.producerFenced, .invalidProducerEpoch, .invalidTxnState, .invalidProducerIdMapping] {
            #expect(TaskFailure(KafkaError(.broker, "commit", errorCode: code)) == .fenced)
            #expect(TaskFailure(aborted(KafkaError(.broker, "commit", errorCode: code))) == .fenced)
        }
        #expect(TaskFailure(KafkaError(.fenced, "commit", isFatal: true)) == .fenced)
    }

    @Test func `what brokers cannot do now may work from the last commit on`() {
        #expect(TaskFailure(KafkaError(.timeout, "write")) == .outage)
        #expect(TaskFailure(aborted(KafkaError(.timeout, "write"))) == .outage)
        #expect(TaskFailure(KafkaError(.connection, "write", isRetriable: true)) == .outage)
        let full = KafkaError(.broker, "write", errorCode: .kafkaStorageError, isRetriable: true)
        #expect(TaskFailure(aborted(full)) == .outage)
    }

    @Test func `what would fail again is fatal`() {
        #expect(TaskFailure(aborted(KafkaError(.broker, "write", errorCode: .messageTooLarge))) == .fatal)
        #expect(TaskFailure(StreamsError(.processing, "x")) == .fatal)
        #expect(TaskFailure(CancellationError()) == .fatal)
    }
}

@Suite struct PurgeScheduleTests {
    let own = TopicPartition("app-x-repartition", 3)
    let users = TopicPartition("in", 3)

    func schedule() -> PurgeSchedule { PurgeSchedule(topics: ["app-x-repartition"], now: 1000) }

    @Test func `nothing is deleted before its time, nor of the user's topics`() {
        var schedule = schedule()
        schedule.noteTaken(bytes: 1000, from: users.topic)
        #expect(schedule.due([own: 5, users: 7], now: .max) == nil)
        schedule.noteTaken(bytes: 1000, from: own.topic)
        #expect(schedule.due([own: 5, users: 7], now: 1000) == nil)
        #expect(schedule.due([own: 5, users: 7], now: 1000 + PurgeSchedule.interval) == [own: 5])
        #expect(schedule.due([own: 5, users: 7], now: 1000 + 3 * PurgeSchedule.interval) == nil)
    }

    @Test func `what stores have forgotten is deleted in its time, whatever was processed`() {
        var schedule = schedule()
        let changelog = TopicPartition("app-s-changelog", 3)
        schedule.noteForgotten(before: 4, of: changelog)
        #expect(schedule.due([own: 5], now: 1000) == nil)
        schedule.noteForgotten(before: 8, of: changelog)
        #expect(schedule.due([own: 5], now: 1000 + PurgeSchedule.interval) == [changelog: 8])
        #expect(schedule.due([own: 5], now: .max) == nil)
    }

    @Test func `that nothing can be deleted is told once a topic`() {
        var schedule = schedule()
        let (first, second) = (schedule.noteFailure(of: "a"), schedule.noteFailure(of: "a"))
        #expect(first && !second)
        let other = schedule.noteFailure(of: "b")
        #expect(other)
    }

    @Test func `many bytes, and the end of the task, are reasons to delete at once`() {
        var schedule = schedule()
        schedule.noteTaken(bytes: PurgeSchedule.bytes, from: own.topic)
        #expect(schedule.due([own: 5], now: 1000) == [own: 5])
        schedule.noteTaken(bytes: 1, from: own.topic)
        #expect(schedule.due([own: 9], now: 1000) == nil)
        #expect(schedule.due([own: 9], now: 1000, isLast: true) == [own: 9])
        #expect(schedule.due([own: 9], now: 1000, isLast: true) == nil)
    }
}
