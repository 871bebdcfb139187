import Testing

@testable import KafkaBroker

@Suite struct TimerTests {
    @Test(arguments: 0..<20)
    func `timers fire in order, cancelled ones never`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var queue = TimerQueue()
        var expected: [TimerQueue.ID: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<500 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let deadline = now + Int64.random(in: 0..<50, using: &generator)
                expected[queue.schedule(at: deadline) {}] = deadline
            case 2:
                guard let id = expected.keys.sorted().randomElement(using: &generator) else { continue }
                queue.cancel(id)
                expected[id] = nil
            default:
                now += Int64.random(in: 0..<10, using: &generator)
                let due = expected.filter { $0.value <= now }
                #expect(queue.takeDue(now: now).count == due.count)
                for id in due.keys { expected[id] = nil }
            }
            #expect(queue.count == expected.count)
            #expect(queue.nextDeadline == expected.values.min())
        }
    }
}
