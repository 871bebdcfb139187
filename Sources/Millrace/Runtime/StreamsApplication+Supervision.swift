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
            var followers: [TaskID: StandbyRunner] = [:]
            // What tasks have left that are no more here, until the group has said who follows them.
            var left: [TaskID: LeftStores] = [:]
            defer { for stores in left.values { stores.close() } }
            var plan: TopicPlan?
            // Whether topics may have gone since.
            var hasRevoked = false
            var told: (active: [TaskID], followed: [TaskID])?
            var idle = IdleWatch()
            var handOvers = HandOverWaits(client)
            defer { handOvers.note([:]) }

            /// What a task has left is for nobody.
            func dropLeft(_ id: TaskID) {
                guard let stores = left.removeValue(forKey: id) else { return }
                stores.close()
                if localState == nil { board.note(id, progress: nil) }
            }

            /// Does what the table says. `inherited`: what the standby that has ended leaves to the task that begins.
            func perform(_ steps: [TaskTable.Step], inherited: OpenTask? = nil) {
                var inherited = inherited
                for step in steps {
                    switch step {
                    case .stop(let id, let how):
                        runners[id]?.stop(how)
                        followers[id]?.stop()
                    case .promote(let id): followers[id]?.stop(keepsStores: true)
                    case .acknowledgeRevocation: consumer.acknowledgeRevocation()
                    case .rejoin: consumer.rejoin()
                    case .start(let id, .active(let partitions)):
                        guard let plan else { continue }
                        dropLeft(id)
                        let runner = TaskRunner(
                            id: id, partitions: partitions, tenure: consumer.tenure, inherited: inherited, application: self)
                        inherited = nil
                        runners[id] = runner
                        group.addTask {
                            do {
                                try await runner.run(consumer, plan)
                            } catch is CancellationError {
                            } catch {
                                events.taskFailed(error)
                            }
                        }
                    case .start(let id, .standby):
                        guard let plan else { continue }
                        let follower = StandbyRunner(id: id, left: left.removeValue(forKey: id), application: self)
                        followers[id] = follower
                        group.addTask { await follower.run(consumer, plan) }
                    }
                }
                if let unused = inherited { group.addTask { await self.close(unused) } }
            }

            while true {
                for (id, runner) in runners where runner.isFinished {
                    runners[id] = nil
                    left[id] = runner.takeStores()
                    // What it had is on disk, or gone.
                    if localState == nil, left[id] == nil { board.note(id, progress: nil) }
                    // A task that has failed for good takes the application along.
                    if events.taskFailure != nil { perform(table.close()) }
                    perform(table.ended(id))
                }
                for (id, follower) in followers where follower.isFinished {
                    followers[id] = nil
                    if localState == nil { board.note(id, progress: nil) }
                    perform(table.ended(id), inherited: follower.takeStores())
                }
                while let event = try events.popFirst() {
                    switch event {
                    // Of what is lost already nothing is begun.
                    case .assigned where events.hasLost: break
                    case .assigned(let partitions):
                        if let refusal = board.assignment.refusal {
                            events.taskFailed(explained(refusal))
                            break
                        }
                        if plan == nil || !partitions.isEmpty || hasRevoked {
                            // Topics may have got partitions since; what that means is known by the plan.
                            do {
                                let prepare = { @Sendable in try await self.prepareTopics(assigned: partitions) }
                                guard let new = try await unlessStopping(prepare) else { break }
                                (plan, hasRevoked) = (new, false)
                                table.setTopics(topicsByGroup)
                                live.planned(new)
                            } catch let error where !(error is CancellationError) {
                                events.taskFailed(error)
                                break
                            }
                        }
                        for follower in followers.values { follower.look() }
                        perform(table.assigned(partitions, standbys: board.assignment.standbys))
                        for id in left.keys { dropLeft(id) }
                    case .revoked(let partitions):
                        hasRevoked = true
                        perform(table.revoked(partitions, gone: client.missingTopics(of: partitions)))
                    case .lost:
                        perform(table.lost())
                        for id in left.keys { dropLeft(id) }
                        told = nil
                        live.assigned(nil)
                    case .error(let error): warn("\(error)")
                    }
                    setTaskCount(table.active.count)
                    switch event {
                    case .assigned, .revoked: tell(table, &told)
                    case .lost, .error: break
                    }
                }
                if events.taskFailure != nil || isStopping {
                    perform(table.close())
                    if table.isEmpty { break }
                }
                handOvers.note(table.changes)
                let active = Array(runners.values)
                if let stuck = stuckTurn(of: active) {
                    try await giveUp(stuck, active, consumer, events)
                    for (id, runner) in runners { left[id] = runner.takeStores() }
                    for id in left.keys { dropLeft(id) }
                    for follower in followers.values { follower.stop() }
                    while !followers.values.allSatisfy(\.isFinished) {
                        await taskNews.wait()
                        try Task.checkCancellation()
                    }
                    (runners, followers, table, told) = ([:], [:], newTable(), nil)
                    live.assigned(nil)
                    continue
                }
                try Task.checkCancellation()
                var wait = runners.isEmpty && followers.isEmpty ? nil : Self.lookInterval
                if exitsWhenIdle, !isStopping {
                    switch idle.look(at: active) {
                    case .goOn: break
                    case .check:
                        guard let isDone = try await unlessStopping({ try await self.allInputIsCommitted() }) else { break }
                        if isDone {
                            for id in stoppedElsewhere.sorted() {
                                warn("ends although there may be input left: the task has failed for good on another instance", about: id)
                            }
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

    /// Tells what tasks the instance has, if that has changed.
    private func tell(_ table: TaskTable, _ told: inout (active: [TaskID], followed: [TaskID])?) {
        if told?.active != table.active { configuration.observer(.assigned(table.active)) }
        if told?.followed ?? [] != table.followed { configuration.observer(.following(table.followed)) }
        told = (table.active, table.followed)
        live.assigned((Set(table.active), Set(table.followed)))
    }

    private func newTable() -> TaskTable { TaskTable(topics: topicsByGroup) }

    private var topicsByGroup: [Int: [String]] {
        let blueprint = blueprint
        return Dictionary(uniqueKeysWithValues: blueprint.taskGroups.map { ($0, blueprint.sourceTopics(of: $0)) })
    }

    private func explained(_ refusal: TaskRefusal) -> StreamsError {
        let id = configuration.applicationID
        switch refusal {
        case .topology:
            return StreamsError(
                .configuration,
                "the other instances of \(id) run another topology: this one gets no tasks. Give it another application id, or end "
                    + "them all before the topology changes")
        case .format(let known):
            return StreamsError(
                .configuration,
                "this instance and the leader of the group \(id) are of versions too far apart: what this one says of its tasks has "
                    + "format \(TaskSubscription.version), the leader knows \(known). Run the same version, or one in between")
        }
    }

    /// A task's failure as what `run` throws; `reason` is why it ends the task, if not for itself.
    func explained(_ error: any Error, _ task: TaskID, _ reason: String? = nil) -> StreamsError {
        let known = error as? StreamsError
        if let reason {
            return StreamsError(known?.code ?? .broker, "task \(task) failed: \(reason)", underlying: error)
        }
        guard let known else { return StreamsError(.broker, "task \(task) failed", underlying: error) }
        return StreamsError(known.code, "task \(task) failed: \(known.message)", underlying: known.underlying)
    }
}
