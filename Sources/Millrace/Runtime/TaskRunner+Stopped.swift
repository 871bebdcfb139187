import KafkaClient
import KafkaProtocol

/// Ends a life of a task that is to begin anew because somebody wants it to.
struct RestartRequested: Error {}

/// A task that has failed for good while the others go on.
struct StoppedTask: Sendable {
    let error: StreamsError
    let partitions: [TopicPartition]
}

extension TaskRunner {
    /// Does nothing until the task is to end, or to begin anew, which is returned: it has failed for good, and the others go on
    /// (`FailedTaskPolicy.stopTask`). Told at once, then at growing intervals; the other instances learn of it as well, so that they do
    /// not wait for it before they end as idle.
    func stayStopped(_ error: StreamsError, _ consumer: Consumer) async throws -> Bool {
        application.setStopped(StoppedTask(error: error, partitions: partitions), id)
        application.board.note(id, isStopped: true)
        defer { application.board.note(id, isStopped: false) }
        consumer.rejoin()
        haveNothingToDo()
        let environment = application.client.environment
        var interval: Int64 = 60_000
        var nextWord = environment.now()
        while stopRequest == nil {
            if takesRestart() {
                application.setStopped(nil, id)
                resumeWork()
                consumer.rejoin()
                return true
            }
            if environment.now() >= nextWord {
                application.configuration.observer(.stopped(id, because: error))
                nextWord = environment.now().saturatingAdd(interval)
                interval = min(interval * 2, 3_600_000)
            }
            await wake.wait(milliseconds: nextWord.saturatingSubtract(environment.now()), sleep: environment.sleep)
            try Task.checkCancellation()
        }
        return false
    }
}
