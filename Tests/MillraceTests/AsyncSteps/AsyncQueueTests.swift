import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct AsyncQueueTests {
    typealias Queue = AsyncQueue<String, String>
    struct Refused: Error {}

    static func queue(_ maxInFlight: Int, _ retry: AsyncRetry = .never) -> Queue {
        Queue(maxInFlight: maxInFlight, retry: retry)
    }

    /// Hands on all that can be, as results or `!` and the input.
    static func leave(_ queue: inout Queue) -> [String] {
        var texts: [String] = []
        while let ready = queue.next() {
            switch ready.outcome {
            case .result(let output): texts.append(output)
            case .failure(_, let rounds): texts.append("!\(ready.input)\(rounds)")
            }
            queue.finish(ready.slot)
        }
        return texts
    }

    @Test func `calls begin in order, as many as may be in flight, and others as these end`() {
        var queue = Self.queue(2)
        for input in ["a", "b", "c"] { queue.accept(input, lane: nil) }
        #expect(queue.start(now: 0).map(\.input) == ["a", "b"])
        #expect(queue.room == 0 && queue.inFlight == 3)
        #expect(queue.start(now: 0).isEmpty)
        queue.returned(1, .success("A"), now: 5)
        #expect(queue.start(now: 5).map(\.input) == ["c"])
        #expect(Self.leave(&queue) == ["A"])
        #expect(queue.inFlight == 2)
        #expect(queue.counts == Queue.Counts(calls: 1, milliseconds: 5))
    }

    @Test func `what can be handed on is due at once, until it is`() {
        var queue = Self.queue(2)
        for input in ["a", "b"] { queue.accept(input, lane: Bytes()) }
        _ = queue.start(now: 0)
        queue.returned(2, .success("B"), now: 5)
        // It waits for the one before it.
        #expect(queue.nextDue == 30_000)
        queue.returned(1, .success("A"), now: 6)
        #expect(queue.nextDue == .min)
        #expect(Self.leave(&queue) == ["A", "B"] && queue.nextDue == nil)
    }

    @Test func `results of one lane leave in the order of their records`() {
        var queue = Self.queue(3)
        for input in ["a", "b", "c"] { queue.accept(input, lane: []) }
        _ = queue.start(now: 0)
        queue.returned(3, .success("C"), now: 0)
        queue.returned(2, .failure(Refused()), now: 0)
        #expect(Self.leave(&queue) == [])
        queue.returned(1, .success("A"), now: 0)
        #expect(Self.leave(&queue) == ["A", "!b1", "C"])
        #expect(queue.inFlight == 0 && queue.room == 3)
    }

    @Test func `lanes do not wait for each other, and records without a lane for nobody`() {
        var queue = Self.queue(5)
        for (input, lane) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("n1", nil), ("n2", nil)] {
            queue.accept(input, lane: lane.map { Bytes(utf8: $0) })
        }
        _ = queue.start(now: 0)
        queue.returned(3, .success("a2"), now: 0)
        queue.returned(5, .success("n2"), now: 0)
        queue.returned(2, .success("b1"), now: 0)
        #expect(Self.leave(&queue) == ["n2", "b1"])
        queue.returned(1, .success("a1"), now: 0)
        #expect(Self.leave(&queue) == ["a1", "a2"])
        // The lane is new again.
        queue.accept("a3", lane: Bytes(utf8: "a"))
        _ = queue.start(now: 0)
        queue.returned(6, .success("a3"), now: 0)
        #expect(Self.leave(&queue) == ["a3"])
    }

    @Test func `a call that fails is made again after pauses that double, and fails for good after the last attempt`() {
        var queue = Self.queue(1, .attempts(3, pause: .milliseconds(10), longestPause: .milliseconds(15), timeout: .seconds(1)))
        queue.accept("a", lane: [])
        queue.accept("b", lane: [])
        #expect(queue.start(now: 100).map(\.call) == [1])
        queue.returned(1, .failure(Refused()), now: 100)
        // The place is the next record's until it is due.
        #expect(queue.start(now: 109).map(\.input) == ["b"])
        #expect(queue.nextDue == 1109)
        queue.returned(2, .success("B"), now: 109)
        #expect(queue.nextDue == 110)
        #expect(queue.start(now: 110).map(\.input) == ["a"])
        queue.returned(3, .failure(Refused()), now: 110)
        #expect(queue.start(now: 124).isEmpty)
        #expect(queue.start(now: 125).map(\.call) == [4])
        #expect(queue.lastError is Refused)
        queue.returned(4, .failure(Refused()), now: 126)
        #expect(Self.leave(&queue) == ["!a1", "B"])
        #expect(queue.counts == Queue.Counts(calls: 4, milliseconds: 1, retries: 2, failures: 1))
        #expect(queue.lastError == nil)
    }

    @Test func `a record that a policy has tried again keeps its place and begins its attempts anew`() {
        var queue = Self.queue(2, .attempts(2, pause: .zero))
        queue.accept("a", lane: [])
        queue.accept("b", lane: [])
        _ = queue.start(now: 0)
        queue.returned(1, .failure(Refused()), now: 0)
        queue.returned(2, .success("B"), now: 0)
        _ = queue.start(now: 0)
        queue.returned(3, .failure(Refused()), now: 0)
        let ready = queue.next()
        guard let ready, case .failure(_, rounds: 1) = ready.outcome else { return #expect(Bool(false), "\(ready as Any)") }
        queue.tryAgain(ready.slot, at: 50)
        #expect(Self.leave(&queue) == [] && queue.nextDue == 50)
        #expect(queue.start(now: 49).isEmpty)
        for call in 4...5 {
            #expect(queue.start(now: 50).map(\.call) == [call])
            queue.returned(call, .failure(Refused()), now: 50)
        }
        #expect(Self.leave(&queue) == ["!a2", "B"])
    }

    @Test func `a call that takes too long is given up, and what it brings later is nobody's`() {
        var queue = Self.queue(2, .attempts(2, pause: .zero, timeout: .milliseconds(100)))
        queue.accept("a", lane: [])
        _ = queue.start(now: 0)
        #expect(queue.nextDue == 100)
        #expect(queue.expire(now: 99) == [])
        #expect(queue.expire(now: 100) == [1])
        #expect(queue.overdue == 1 && queue.lastError is AsyncTimeout)
        #expect(queue.expire(now: 101) == [])
        #expect(queue.start(now: 101).map(\.call) == [2])
        queue.returned(1, .success("late"), now: 102)
        #expect(queue.overdue == 0 && Self.leave(&queue) == [])
        queue.returned(2, .success("A"), now: 103)
        #expect(Self.leave(&queue) == ["A"])
        #expect(queue.nextDue == nil)
    }

    @Test func `calls that do not end take up places, and when they have all for as long as a call may take nothing begins`() {
        var queue = Self.queue(2, .attempts(1, timeout: .milliseconds(100)))
        for input in ["a", "b", "c"] { queue.accept(input, lane: nil) }
        _ = queue.start(now: 0)
        #expect(queue.expire(now: 100) == [1, 2])
        #expect(Self.leave(&queue) == ["!a1", "!b1"])
        #expect(queue.start(now: 100).isEmpty)
        #expect(queue.nextDue == 200)
        #expect(!queue.isStuck(now: 199) && queue.isStuck(now: 200))
        queue.returned(2, .failure(CancellationError()), now: 199)
        #expect(!queue.isStuck(now: 200))
        #expect(queue.start(now: 199).map(\.input) == ["c"])
    }

    @Test func `a clock at the end of all times lets no call time out, and every pause be over`() {
        var queue = Self.queue(1, .attempts(2, pause: .seconds(1)))
        queue.accept("a", lane: [])
        _ = queue.start(now: .max)
        #expect(queue.expire(now: .max) == [])
        queue.returned(1, .failure(Refused()), now: .max)
        #expect(queue.start(now: .max).map(\.call) == [2])
    }

    /// Whatever comes when: places are not exceeded, nothing is lost or there twice, lanes keep their order, and there is always
    /// something that goes on.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `any sequence of events keeps the rules`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let most = Int.random(in: 1...6, using: &random)
        let retry = AsyncRetry.attempts(
            Int.random(in: 1...3, using: &random), pause: .milliseconds(Int.random(in: 0...5, using: &random)),
            longestPause: .milliseconds(8), timeout: .milliseconds(20))
        var queue = Queue(maxInFlight: most, retry: retry)
        var now: Int64 = 0
        var running: [Int: String] = [:]
        var accepted: [(input: String, lane: Bytes?)] = []
        var left: [String] = []

        func start() {
            // Those that are given up may still run.
            _ = queue.expire(now: now)
            for start in queue.start(now: now) { running[start.call] = start.input }
            #expect(running.count <= most)
        }
        func end(_ call: Int, fails: Bool) {
            guard let input = running.removeValue(forKey: call) else { return }
            queue.returned(call, fails ? .failure(Refused()) : .success(input), now: now)
        }
        func leave() {
            while let ready = queue.next() {
                if case .failure = ready.outcome, Bool.random(using: &random) {
                    queue.tryAgain(ready.slot, at: now + Int64.random(in: 0...10, using: &random))
                    continue
                }
                left.append(ready.input)
                queue.finish(ready.slot)
            }
        }
        for _ in 0..<300 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let lane: Bytes? = [nil, Bytes(utf8: "a"), Bytes(utf8: "b")].randomElement(using: &random) ?? nil
                accepted.append(("\(accepted.count)", lane))
                queue.accept("\(accepted.count - 1)", lane: lane)
            case 2: start()
            case 3: if let call = running.keys.sorted().randomElement(using: &random) { end(call, fails: Bool.random(using: &random)) }
            case 4: now += Int64.random(in: 0...12, using: &random)
            default: leave()
            }
            #expect(queue.inFlight == accepted.count - left.count)
        }
        // What is left goes on as the queue itself says.
        while queue.inFlight > 0 {
            start()
            if running.isEmpty {
                let before = left.count
                leave()
                guard left.count == before else { continue }
                guard let due = queue.nextDue else {
                    #expect(Bool(false), "nothing goes on with \(queue.inFlight) in flight")
                    return
                }
                now = max(now, due)
            }
            for call in running.keys.sorted() { end(call, fails: false) }
            leave()
        }
        #expect(left.sorted() == accepted.map(\.input).sorted())
        for lane in [Bytes(utf8: "a"), Bytes(utf8: "b")] {
            let members = Set(accepted.filter { $0.lane == lane }.map(\.input))
            #expect(left.filter(members.contains) == accepted.map(\.input).filter(members.contains))
        }
        #expect(queue.room == most && queue.overdue == 0)
    }
}
