import KafkaClient
import KafkaProtocol

/// A commit of a task under exactly-once: what it has written since the last one, and where it is in its inputs.
struct TaskCommit: Sendable {
    let task: TaskID
    let batches: [PreparedBatch]
    /// Who commits: throws once the partitions belong to others.
    let member: @Sendable () throws -> GroupMetadata
    /// What is committed of the inputs, from where the batches end in their partitions.
    let offsets: @Sendable (_ ends: [TopicPartition: Int64]) -> [TopicPartition: OffsetAndMetadata]
}

/// Where a task is in its inputs, with the times that are saved with that: a value that nothing changes any more.
struct TaskPositions: Sendable {
    struct Input: Sendable {
        let partition: TopicPartition
        let offset: Int64
        /// The largest event time processed from it.
        let time: Int64
    }

    var inputs: [Input]
    /// The stream times of steps, by what they are saved as.
    var times: [String: Int64]

    /// The positions to commit, with the times and the ends of changelogs that go with them.
    func offsets(ends: [String: Int64]) -> [TopicPartition: OffsetAndMetadata] {
        Dictionary(
            uniqueKeysWithValues: inputs.enumerated().map { index, input in
                let progress = TaskProgress(ofInput: index, time: input.time, times: times, ends: ends)
                return (input.partition, OffsetAndMetadata(offset: input.offset, metadata: progress.text))
            })
    }
}
