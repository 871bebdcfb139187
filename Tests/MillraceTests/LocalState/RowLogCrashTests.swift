import KafkaProtocol
import Testing

@testable import Millrace

/// What is on the disk at any moment is some commit, the last or the one that is being written.
@Suite struct RowLogCrashTests {
    /// Runs commits, large ones in parts, compactions and restarts. Calls `committed` after each commit.
    private static func run(_ files: MemoryFiles, _ committed: (RowLogFixture) -> Void) throws {
        var random = SeededRandom(seed: 8)
        var fixture = try RowLogFixture(files, segmentBytes: 4000)
        func commit() {
            fixture.commit()
            committed(fixture)
        }
        for round in 0..<2 {
            for _ in 0..<2 {
                fixture.change(8, keys: 12, using: &random)
                commit()
            }
            fixture.change(24, keys: 60, using: &random, bytes: 300)
            commit()
            try fixture.compact(budget: 3000)
            fixture.change(3, keys: 30, using: &random)
            commit()
            if round == 0 {
                fixture.change(24, keys: 60, using: &random, bytes: 300)
                fixture.log.close()
                fixture = try RowLogFixture(files, segmentBytes: 4000)
            }
        }
    }

    @Test(arguments: [0, 1, 47, 48, 100, 100_000])
    func `a crash between any two steps, and in the middle of a write, leaves a commit`(_ tornBytes: Int) throws {
        let files = MemoryFiles()
        try Self.run(files) { _ in }
        let total = files.changes
        #expect(total > 20)
        for step in 0..<total {
            let files = MemoryFiles()
            files.crash(at: step, tornBytes: tornBytes)
            // The commits before the crash, and the one that follows it.
            var before: Rows = [:]
            var after: Rows?
            try Self.run(files) { fixture in
                if files.crashed == nil { before = fixture.rows } else if after == nil { after = fixture.rows }
            }
            let disk = try #require(files.crashed)
            let again = try RowLogFixture(MemoryFiles(disk))
            #expect([before, after].contains(again.rows), "at step \(step)")
            // And once more, in the middle of what the start has done.
            let steps = again.files.changes
            for second in 0..<steps {
                let files = MemoryFiles(disk)
                files.crash(at: second)
                _ = try RowLogFixture(files)
                let frozen = try #require(files.crashed)
                #expect(try RowLogFixture(MemoryFiles(frozen)).rows == again.rows)
            }
        }
    }
}
