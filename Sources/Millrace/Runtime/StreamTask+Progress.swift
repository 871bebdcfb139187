import KafkaProtocol

extension StreamTask {
    /// Up to where the topology's own topics are processed.
    var ownPositions: [(TopicPartition, Int64)] {
        inputs.indices.filter { inputs[$0].isInternal }.map { (inputs[$0].topicPartition, inputs[$0].position) }
    }

    /// What is saved with the committed offset of an input: a restart must neither take late records for early ones nor the
    /// other way round. `ends` says how far the changelogs of stores had been written.
    package func progress(of input: Int, ends: [String: Int64] = [:]) -> String {
        let times = context.clocks.filter { $0.value.time >= 0 }.map { ($0.key, $0.value.time) }
        let ends = ends.map { (TaskProgress.key(endOf: $0.key), $0.value) }
        // What Kafka Streams would take up comes first. As many with each input as fit; more than fit with all are left out.
        let all =
            (times.filter { !TaskProgress.isOwn($0.0) }.sorted { $0.0 < $1.0 })
            + (times.filter { TaskProgress.isOwn($0.0) } + ends).sorted { $0.0 > $1.0 }
        return TaskProgress(
            partitionTime: inputs[input].partitionTime,
            entries: Dictionary(TaskProgress.share(of: input, in: all), uniquingKeysWith: max)
        ).text
    }

    /// Takes up the times that were saved. What is not of this form (another program's metadata) is passed over.
    package func resume(input: Int, from metadata: String) {
        guard let progress = TaskProgress(metadata) else { return }
        inputs[input].resume(at: progress.partitionTime)
        context.streamTime = max(context.streamTime, progress.partitionTime)
        context.resumeClocks(progress.entries)
    }
}
