import Millrace
import MillraceCommandLine
import Synchronization

/// How many tasks of an application have begun, for what is to start only then.
final class RunningTasks: Sendable {
    private static let patience = Duration.seconds(60)
    private let number = Atomic(0)

    func note(_ event: StreamsEvent) {
        if case .running = event { number.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Waits until so many have begun; throws if that takes more than a minute.
    func wait(for tasks: Int) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while number.load(ordering: .relaxed) < tasks {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure("only \(number.load(ordering: .relaxed)) of \(tasks) tasks run after \(Self.patience)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
