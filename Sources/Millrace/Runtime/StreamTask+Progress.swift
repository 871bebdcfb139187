import KafkaProtocol

extension StreamTask {
    /// Up to where the topology's own topics are processed.
    var ownPositions: [(TopicPartition, Int64)] {
        inputs.indices.filter { inputs[$0].isInternal }.map { (inputs[$0].topicPartition, inputs[$0].position) }
    }

    /// What is saved with the committed offset of an input: a restart must neither take late records for early ones nor the
    /// other way round. `ends` says how far the changelogs of stores had been written.
    package func progress(of input: Int, ends: [String: Int64] = [:]) -> String {
        TaskProgress(ofInput: input, time: inputs[input].partitionTime, times: savedTimes, ends: ends).text
    }

    /// Where the task is now.
    var positions: TaskPositions {
        TaskPositions(
            inputs: inputs.indices.map { index in
                TaskPositions.Input(
                    partition: inputs[index].topicPartition, offset: inputs[index].position, time: inputs[index].partitionTime)
            }, times: savedTimes)
    }

    private var savedTimes: [String: Int64] { context.clocks.compactMapValues { $0.time >= 0 ? $0.time : nil } }

    /// Takes up the times that were saved. What is not of this form (another program's metadata) is passed over.
    package func resume(input: Int, from metadata: String) {
        guard let progress = TaskProgress(metadata) else { return }
        inputs[input].resume(at: progress.partitionTime)
        context.streamTime = max(context.streamTime, progress.partitionTime)
        context.resumeClocks(progress.entries)
    }
}
