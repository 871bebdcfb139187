import Testing

@testable import Millrace

@Suite struct CommitQueueTests {
    @Test func `all that wait share a transaction, and what comes meanwhile has the next`() {
        var queue = CommitQueue<String>()
        _ = queue.add("a")
        _ = queue.add("b")
        #expect(queue.takeNext().map(\.commit) == ["a", "b"])
        #expect(queue.isEmpty)
        _ = queue.add("c")
        #expect(queue.takeNext().map(\.commit) == ["c"])
        #expect(queue.takeNext().isEmpty)
    }

    @Test func `commits of an aborted transaction go one by one before all others, so that the one at fault fails alone`() {
        var queue = CommitQueue<String>()
        for commit in ["a", "bad", "b"] { _ = queue.add(commit) }
        let together = queue.takeNext()
        _ = queue.add("c")
        #expect(queue.aborted(together, concernsAll: false).isEmpty)
        var committed: [[String]] = []
        var failed: [String] = []
        while !queue.isEmpty {
            let next = queue.takeNext()
            if next.contains(where: { $0.commit == "bad" }) {
                failed += queue.aborted(next, concernsAll: false).map(\.commit)
            } else {
                committed.append(next.map(\.commit))
            }
        }
        #expect(committed == [["a"], ["b"], ["c"]])
        #expect(failed == ["bad"])
    }

    @Test func `what concerns all fails all`() {
        var queue = CommitQueue<String>()
        let numbers = [queue.add("a"), queue.add("b")]
        let together = queue.takeNext()
        #expect(queue.aborted(together, concernsAll: true).map(\.number) == numbers)
        #expect(queue.isEmpty)
    }
}
