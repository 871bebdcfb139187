import KafkaProtocol

extension StreamTask {
    /// What is saved with the committed offset of an input: a restart must neither take late records for early ones nor the
    /// other way round. `ends` says how far the changelogs of stores had been written.
    package func progress(of input: Int, ends: [String: Int64] = [:]) -> String {
        var entries = context.clocks.filter { $0.value.time >= 0 }.map { (TaskProgress.key(timeOf: $0.key), $0.value.time) }
            .sorted { $0.0 < $1.0 }
        entries += ends.map { (TaskProgress.key(endOf: $0.key), $0.value) }.sorted { $0.0 < $1.0 }
        // As many with each input as fit; more than fit with all are left out, those of changelogs first.
        let own = entries.dropFirst(input * TaskProgress.mostEntries).prefix(TaskProgress.mostEntries)
        return TaskProgress(
            partitionTime: inputs[input].partitionTime, entries: Dictionary(own, uniquingKeysWith: max)
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
