import Testing

@testable import Millrace

struct MergePaceTests {
    @Test func `Files are written while few wait to be merged, and else one in a while`() {
        var pace = MergePace()
        let (start, most) = (ContinuousClock.now, MergePace.mostFiles)
        func mayWrite(_ files: Int, _ time: Duration) -> Bool { pace.mayWrite(waiting: files, now: start + time) }
        #expect(mayWrite(most - 1, .zero))
        #expect(!mayWrite(most, .zero))
        #expect(!mayWrite(most, MergePace.patience / 2))
        #expect(mayWrite(most + 9, MergePace.patience))
        pace.writes()
        #expect(!mayWrite(most, MergePace.patience))
        #expect(mayWrite(most - 1, MergePace.patience))
        // Those that wait later wait their own time.
        #expect(!mayWrite(most, MergePace.patience * 2))
    }
}
