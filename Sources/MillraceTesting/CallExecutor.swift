import Dispatch
import Synchronization

/// Runs the calls of asynchronous steps on the thread that waits for them, one piece of work after the other in order, so that tests
/// are deterministic and a blocked thread of Swift's own pool keeps no call from going on.
final class CallExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let signal = DispatchSemaphore(value: 0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        signal.signal()
    }

    /// Runs what comes until that is enough. Returns whether it was within the limit.
    func run(until isDone: () -> Bool, within limit: Duration) -> Bool {
        let parts = limit.components
        let nanoseconds = Int(clamping: parts.attoseconds / 1_000_000_000)
        let end = DispatchTime.now() + .seconds(Int(clamping: parts.seconds)) + .nanoseconds(nanoseconds)
        while !isDone() {
            guard signal.wait(timeout: end) == .success else { return false }
            let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            job?.runSynchronously(on: asUnownedTaskExecutor())
        }
        return true
    }
}
