import Testing

@testable import Millrace

@Suite struct TaskRestartsTests {
    func pause(_ decision: TaskRestarts.Decision) -> Int64? {
        if case .restart(let pause, _) = decision { pause } else { nil }
    }

    @Test func `an outage is waited for as long as it takes, with pauses that grow to a bound`() {
        var restarts = TaskRestarts(outageLimit: nil)
        var pauses: [Int64] = []
        for attempt in 0..<1000 {
            let decision = restarts.failed(
                .outage, sawOutage: true, now: Int64(attempt) * 100_000, random: .max / 2)
            pauses.append(pause(decision) ?? -1)
        }
        #expect(pauses[0] == 100 || pauses[0] == 99)
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect((29_000...31_000).contains(pauses[999]))
    }

    @Test func `an outage ends the application after the limit, if there is one`() {
        var restarts = TaskRestarts(outageLimit: 60_000)
        #expect(pause(restarts.failed(.outage, sawOutage: true, now: 1000, random: 0)) != nil)
        #expect(pause(restarts.failed(.outage, sawOutage: true, now: 60_999, random: 0)) != nil)
        restarts.committed()
        #expect(pause(restarts.failed(.outage, sawOutage: true, now: 61_000, random: 0)) != nil)
        guard case .end(let reason?) = restarts.failed(.outage, sawOutage: true, now: 121_000, random: 0) else {
            Issue.record("it goes on")
            return
        }
        #expect(reason.contains("60.0 seconds"))
    }

    @Test func `who has lost the transactional id asks the group`() {
        var restarts = TaskRestarts(outageLimit: nil)
        guard case .restart(_, confirmsMembership: true) = restarts.failed(.fenced, sawOutage: false, now: 0, random: 0) else {
            Issue.record("it does not ask")
            return
        }
    }

    @Test func `a task that fails again and again although brokers answer ends the application`() {
        var restarts = TaskRestarts(outageLimit: nil)
        for _ in 1..<TaskRestarts.mostFailures {
            #expect(pause(restarts.failed(.fenced, sawOutage: false, now: 0, random: 0)) != nil)
        }
        guard case .end(let reason?) = restarts.failed(.fenced, sawOutage: false, now: 0, random: 0) else {
            Issue.record("it goes on for ever")
            return
        }
        #expect(reason.contains("\(TaskRestarts.mostFailures) times"))
    }

    @Test func `failures in an outage, and those before a commit, do not count`() {
        var restarts = TaskRestarts(outageLimit: nil)
        for _ in 0..<100 {
            #expect(pause(restarts.failed(.fenced, sawOutage: true, now: 0, random: 0)) != nil)
        }
        for _ in 0..<100 {
            #expect(pause(restarts.failed(.fenced, sawOutage: false, now: 0, random: 0)) != nil)
            restarts.committed()
        }
    }

    @Test func `lost partitions and fatal errors are no restarts`() {
        var restarts = TaskRestarts(outageLimit: nil)
        #expect(restarts.failed(.migrated, sawOutage: true, now: 0, random: 0) == .leave)
        #expect(restarts.failed(.fatal, sawOutage: true, now: 0, random: 0) == .end(nil))
    }
}
