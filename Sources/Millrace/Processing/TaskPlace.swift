import KafkaProtocol
public import Synchronization

/// Where a task is at the moment: which record it processes, and in which step. Written by the thread that works, read by
/// whoever tells of a task that takes long or has failed.
@usableFromInline
final class TaskPlace: Sendable {
    /// The number of the input that the record comes from.
    let input = Atomic<Int>(0)
    /// The offset of the record being processed; -1 outside of one.
    @usableFromInline let offset = Atomic<Int64>(-1)
    /// The number of the step that was entered last; -1 if there is none.
    @usableFromInline let step = Atomic<Int>(-1)

    init() {}

    /// The record being processed, one of those partitions'; nil outside of one.
    func record(of partitions: [TopicPartition]) -> RecordMetadata? {
        let (input, offset) = (input.load(ordering: .relaxed), offset.load(ordering: .relaxed))
        guard offset >= 0, partitions.indices.contains(input) else { return nil }
        return RecordMetadata(topic: partitions[input].topic, partition: partitions[input].partition, offset: offset)
    }
}
