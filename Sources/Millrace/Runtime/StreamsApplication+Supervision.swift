import KafkaClient
import KafkaProtocol
import Synchronization

extension StreamsApplication {
    /// Starts and ends tasks as the group gives and takes partitions. The rules are in `TaskTable`.
    func supervise(_ consumer: Consumer) async throws {
        let events = EventQueue(wake: taskNews)
        try await withThrowingDiscardingTaskGroup { group in
            // Hands events on, so that one wait covers them, the tasks' news and `stop()`.
            group.addTask {
                do {
                    while true { events.append(try await consumer.nextEvent()) }
                } catch let error as KafkaError where error.code == .closed {
                } catch {
                    events.fail(error)
                }
            }
            var table = newTable()
            var runners: [TaskID: TaskRunner] = [:]
            var plan: TopicPlan?
            var told: [TaskID]?
            var idle = IdleWatch()

            /// Ends tasks, and starts those whose topics are known.
            func perform(_ steps: [TaskTable.Step]) {
                for step in steps {
                    switch step {
                    case .stop(let id, let how): runners[id]?.stop(how)
                    case .acknowledgeRevocation: consumer.acknowledgeRevocation()
                    case .start(let id, let role):
                        guard case .active(let partitions) = role, let plan else { continue }
                        let runner = TaskRunner(id: id, partitions: partitions, tenure: consumer.tenure, application: self)
                        runners[id] = runner
                        group.addTask {
                            do {
                                try await runner.run(consumer, plan)
                            } catch is CancellationError {
                            } catch {
                                events.taskFailed(self.explained(error, runner.id))
                            }
                        }
                    }
                }
            }

            while true {
                for (id, runner) in runners where runner.isFinished {
                    runners[id] = nil
                    // A task that has failed for good takes the application along.
                    if events.taskFailure != nil { perform(table.close()) }
                    perform(table.ended(id))
                }
                while let event = try events.popFirst() {
                    switch event {
                    // Of what is lost already nothing is begun.
                    case .assigned where events.hasLost: break
                    case .assigned(let partitions):
                        if plan == nil || !partitions.isEmpty {
                            // Topics may have got partitions since; what that means is known by the plan.
                            do {
                                guard let new = try await unlessStopping({ try await self.prepareTopics() }) else { break }
                                plan = new
                            } catch let error where !(error is CancellationError) {
                                events.taskFailed(error)
                                break
                            }
                        }
                        perform(table.assigned(partitions))
                    case .revoked(let partitions): perform(table.revoked(partitions))
                    case .lost: perform(table.lost())
                    case .error(let error): warn("\(error)")
                    }
                    if case .error = event { continue }
                    setTaskCount(table.active.count)
                    if told != table.active {
                        told = table.active
                        configuration.observer(.assigned(table.active))
                    }
                }
                if events.taskFailure != nil || isStopping {
                    perform(table.close())
                    if table.isEmpty { break }
                }
                let active = Array(runners.values)
                if let stuck = stuckTurn(of: active) {
                    try await giveUp(stuck, active, consumer, events)
                    (runners, table, told) = ([:], newTable(), nil)
                    continue
                }
                try Task.checkCancellation()
                var wait = runners.isEmpty ? nil : Self.lookInterval
                if exitsWhenIdle, !isStopping {
                    switch idle.look(at: active) {
                    case .goOn: break
                    case .check:
                        guard let isDone = try await unlessStopping({ try await self.allInputIsCommitted() }) else { break }
                        if isDone {
                            stop()
                            continue
                        }
                        wait = idle.nextCheck()
                    }
                }
                if let wait {
                    await taskNews.wait(milliseconds: wait, sleep: client.environment.sleep)
                } else {
                    await taskNews.wait()
                }
            }
            if let error = events.taskFailure { throw error }
            group.cancelAll()
        }
    }

    private func newTable() -> TaskTable {
        TaskTable(topics: Dictionary(uniqueKeysWithValues: blueprint.taskGroups.map { ($0, blueprint.sourceTopics(of: $0)) }))
    }

    private func explained(_ error: any Error, _ task: TaskID) -> StreamsError {
        guard let error = error as? StreamsError else {
            return StreamsError(.broker, "task \(task) failed", underlying: error)
        }
        return StreamsError(error.code, "task \(task) failed: \(error.message)", underlying: error.underlying)
    }
}
