import KafkaClient
import KafkaProtocol

/// What to do about a task that fails, failure by failure. Without I/O.
///
/// It starts anew from its last commit, after a pause that grows from failure to failure until something is committed again.
/// What brokers cannot do now is waited for as long as it takes, or as a limit says. A task that fails again and again before it
/// can commit although brokers answer has failed for good: so does one that begins anew after a failure of its own
/// (`FailedTaskPolicy.restart`).
struct TaskRestarts {
    enum Decision: Equatable {
        /// The task is over here; the instance joins its group anew.
        case leave
        /// Start anew after so many milliseconds; first make sure, if so asked, that the partitions are still this member's.
        case restart(after: Int64, confirmsMembership: Bool)
        /// The application ends, for the reason given besides the error itself.
        case end(String?)
    }

    /// How often a record may fail although brokers answer.
    static let mostFailures = 5
    private static let pauses = RetryPolicy(
        initialBackoff: .milliseconds(100), maximumBackoff: .seconds(30), jitter: 0.2)

    /// For how long in milliseconds brokers may be away; nil for as long as it takes.
    private let outageLimit: Int64?
    private var failuresInARow = 0
    private var failuresWithoutOutage = 0
    private var outageBegan: Int64?
    private let failedTasks: FailedTaskPolicy

    init(outageLimit: Int64?, failedTasks: FailedTaskPolicy = .stopApplication) {
        self.outageLimit = outageLimit
        self.failedTasks = failedTasks
    }

    /// The task has committed.
    mutating func committed() {
        failuresInARow = 0
        failuresWithoutOutage = 0
        outageBegan = nil
    }

    /// The task has failed. `sawOutage`: whether brokers did not answer, or refused for now, since it began.
    mutating func failed(_ failure: TaskFailure, sawOutage: Bool, now: Int64, random: UInt64) -> Decision {
        switch failure {
        case .fatal:
            guard case .restart(let pause, let longest) = failedTasks else { return .end(nil) }
            failuresInARow += 1
            failuresWithoutOutage += 1
            if failuresWithoutOutage >= Self.mostFailures { return .end(tooOften) }
            return .restart(
                after: BadRecordPolicy.pause(afterAttempt: failuresInARow, pause, longest), confirmsMembership: false)
        case .migrated: return .leave
        case .refused: return .restart(after: 0, confirmsMembership: false)
        case .outage, .fenced, .disk: break
        }
        failuresInARow += 1
        if failure == .disk {
            return .restart(
                after: Self.pauses.delay(afterAttempt: failuresInARow, random: random), confirmsMembership: false)
        }
        if failure == .outage || sawOutage {
            let began = outageBegan ?? now
            outageBegan = began
            if let outageLimit, now.saturatingSubtract(began) >= outageLimit {
                return .end("brokers have been away for longer than the limit of \(Duration.milliseconds(outageLimit))")
            }
        } else {
            failuresWithoutOutage += 1
            if failuresWithoutOutage >= Self.mostFailures { return .end(tooOften) }
        }
        return .restart(
            after: Self.pauses.delay(afterAttempt: failuresInARow, random: random), confirmsMembership: failure == .fenced)
    }

    private var tooOften: String { "it has failed \(failuresWithoutOutage) times in a row before it could commit" }
}
