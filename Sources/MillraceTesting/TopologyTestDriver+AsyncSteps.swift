import Millrace

extension TopologyTestDriver {
    /// A commit of a task, with all that it puts into asynchronous steps.
    func commit(_ task: StreamTask) throws {
        repeat {
            try finishCalls(of: task)
            try task.flush()
        } while task.inFlight > 0
    }

    /// Waits for the calls of a task's asynchronous steps, and has the task hand on what they bring.
    func finishCalls(of task: StreamTask) throws {
        while task.inFlight > 0 {
            let running = task.calls.running
            guard executor.run(until: { running == 0 || task.calls.running < running }, within: callLimit) else {
                throw StreamsError(
                    .processing, "\(running) calls of asynchronous steps of task \(task.id) have not come back within \(callLimit)")
            }
            _ = try task.process(limit: .max)
        }
    }
}
