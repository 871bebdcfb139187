import Testing

@testable import Millrace

@Suite struct StateTrackerTests {
    static let tasks = [TaskID(subTopology: 0, partition: 0), TaskID(subTopology: 0, partition: 1)]

    static func begun() -> StateTracker {
        var tracker = StateTracker()
        tracker.enter(.begun)
        return tracker
    }

    @Test func `an application waits for its tasks, restores them, and runs`() {
        var tracker = StateTracker()
        #expect(tracker.state == .created)
        tracker.enter(.begun)
        #expect(tracker.state == .rebalancing)
        tracker.note(.assigned(Self.tasks))
        #expect(tracker.state == .restoring)
        tracker.note(.running(Self.tasks[0]))
        #expect(tracker.state == .restoring)
        tracker.note(.running(Self.tasks[1]))
        #expect(tracker.state == .running)
        // It starts anew.
        tracker.note(.closed(Self.tasks[1], TaskTotals()))
        #expect(tracker.state == .restoring)
        tracker.note(.assigned([Self.tasks[0]]))
        #expect(tracker.state == .running)
    }

    @Test func `a task that has failed for good shows in the state, until it begins anew or is another instance's`() {
        var tracker = Self.begun()
        tracker.note(.assigned(Self.tasks))
        tracker.note(.running(Self.tasks[0]))
        tracker.note(.stopped(Self.tasks[1], because: StreamsError(.processing, "it failed")))
        #expect(tracker.state == .degraded)
        tracker.note(.assigned(Self.tasks))
        #expect(tracker.state == .degraded)
        tracker.note(.closed(Self.tasks[0], TaskTotals()))
        #expect(tracker.state == .restoring)
        tracker.note(.running(Self.tasks[0]))
        tracker.note(.running(Self.tasks[1]))
        #expect(tracker.state == .running)
        tracker.note(.closed(Self.tasks[1], TaskTotals()))
        #expect(tracker.state == .restoring)
        tracker.note(.stopped(Self.tasks[1], because: StreamsError(.processing, "it failed")))
        tracker.note(.assigned([Self.tasks[0]]))
        #expect(tracker.state == .running)
        tracker.note(.assigned(Self.tasks))
        #expect(tracker.state == .restoring)
    }

    @Test func `without tasks it runs, too`() {
        var tracker = Self.begun()
        tracker.note(.assigned([]))
        #expect(tracker.state == .running)
    }

    @Test func `brokers that are away hide what tasks do, until they are there again`() {
        var tracker = Self.begun()
        tracker.note(.assigned([Self.tasks[0]]))
        tracker.note(disconnected: true)
        #expect(tracker.state == .disconnected)
        tracker.note(.running(Self.tasks[0]))
        #expect(tracker.state == .disconnected)
        tracker.note(disconnected: false)
        #expect(tracker.state == .running)
    }

    @Test(arguments: [StateTracker.Phase.stopped, .failed])
    func `what has ended stays so`(_ end: StateTracker.Phase) {
        var tracker = Self.begun()
        tracker.enter(.stopping)
        #expect(tracker.state == .stopping)
        tracker.enter(.begun)
        tracker.note(disconnected: true)
        tracker.note(.assigned([]))
        #expect(tracker.state == .stopping)
        tracker.enter(end)
        let state = tracker.state
        #expect(state.isFinal)
        for phase in [StateTracker.Phase.begun, .stopping, .stopped, .failed] { tracker.enter(phase) }
        #expect(tracker.state == state)
    }
}
