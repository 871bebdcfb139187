import Testing

@testable import Connectors

/// What is done with a file that grows, is cut, goes or is replaced.
@Suite struct FileTailTests {
    let a = FileIdentity(device: 1, inode: 1)
    let b = FileIdentity(device: 1, inode: 2)

    func look(_ file: FileIdentity, _ size: Int64) -> FileTail.Look { FileTail.Look(file: file, size: size) }

    @Test func `a file that is followed is waited for, read, and left for the one that takes its name`() {
        let tail = FileTail(follows: true)
        #expect(tail.step(open: nil, offset: 0, named: nil) == .wait)
        #expect(tail.step(open: nil, offset: 0, named: look(a, 0)) == .open)
        #expect(tail.step(open: look(a, 5), offset: 3, named: look(a, 5)) == .read)
        #expect(tail.step(open: look(a, 5), offset: 5, named: look(a, 5)) == .wait)
        // Renamed, and nothing in its place yet: it may still grow.
        #expect(tail.step(open: look(a, 5), offset: 5, named: nil) == .wait)
        #expect(tail.step(open: look(a, 6), offset: 5, named: look(b, 9)) == .read)
        #expect(tail.step(open: look(a, 6), offset: 6, named: look(b, 9)) == .change)
        #expect(tail.step(open: look(a, 2), offset: 5, named: look(a, 2)) == .restart)
    }

    @Test func `a file that is not followed ends where it ends`() {
        let tail = FileTail(follows: false)
        #expect(tail.step(open: nil, offset: 0, named: nil) == .missing)
        #expect(tail.step(open: nil, offset: 0, named: look(a, 0)) == .open)
        #expect(tail.step(open: look(a, 5), offset: 3, named: look(b, 5)) == .read)
        #expect(tail.step(open: look(a, 5), offset: 5, named: look(b, 5)) == .end)
        #expect(tail.step(open: look(a, 2), offset: 5, named: look(a, 2)) == .end)
    }
}
