import KafkaClient
import KafkaProtocol
import Synchronization

extension WorkerPool {
    /// A turn that has taken so many milliseconds is taken for one that blocks, and does not count among those that work.
    static let longTurn: Int64 = 50
    /// The most threads there can be.
    static let mostThreads = 512

    /// Whether the thread asking, which has nothing to do, is one too many: those that block have come back.
    func isSurplus(_ state: State) -> Bool { state.threads > width + blocked(state) }

    private func blocked(_ state: State) -> Int {
        let before = now().saturatingSubtract(Self.longTurn)
        return state.busySince.values.count { $0 <= before }
    }

    /// Starts threads in place of those that block, while turns wait in line. Runs until cancelled, and looks only while
    /// turns wait.
    func grow(_ environment: ClientEnvironment) async {
        while !Task.isCancelled {
            let seen = pressure.version
            if state.withLock({ $0.line.isEmpty }) {
                await pressure.wait(after: seen)
                continue
            }
            try? await environment.sleep(Self.longTurn / 2)
            addThreads()
        }
    }

    /// Starts the threads that there should be now.
    func addThreads() {
        let new = state.withLock { state in
            let wanted = min(width + blocked(state), state.threads + state.line.count, Self.mostThreads)
            return (0..<max(0, wanted - state.threads)).map { _ in newWorker(&state) }
        }
        for worker in new { start(worker) }
    }

    /// How many threads there are.
    var threadCount: Int { state.withLock { $0.threads } }
}
