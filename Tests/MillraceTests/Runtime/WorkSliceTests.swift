import Testing

@testable import Millrace

@Suite struct WorkSliceTests {
    /// A clock that the test moves.
    final class Clock {
        var now: Int64 = 1000
    }

    @Test func `a slice ends after its time, looked at after each slow record`() {
        let clock = Clock()
        var slice = WorkSlice(milliseconds: 10, now: { clock.now })
        var processed = 0
        while slice.next > 0 {
            let count = slice.next
            clock.now += 60 * Int64(count)
            processed += count
            slice.note(count)
        }
        #expect(processed == 1 && slice.processed == 1)
    }

    @Test func `quick records are counted in strides that grow to a bound`() {
        let clock = Clock()
        var slice = WorkSlice(milliseconds: 10, now: { clock.now })
        var strides: [Int] = []
        for _ in 0..<10 {
            strides.append(slice.next)
            slice.note(slice.next)
        }
        #expect(strides == [1, 2, 4, 8, 16, 32, 64, 64, 64, 64])
        clock.now += 10
        slice.note(slice.next)
        #expect(slice.next == 0)
    }

    @Test func `a part of a slice has its time and no more records, and leaves looking at the clock to it`() {
        let clock = Clock()
        var slice = WorkSlice(limit: 5, milliseconds: 10, stride: 64, now: { clock.now })
        var part = slice.part(limit: 3)
        #expect(part.next == 3 && part.time == 1000)
        clock.now += 50
        part.note(3)
        #expect(part.next == 0 && part.processed == 3 && part.time == 1000)
        slice.note(part.processed)
        #expect(slice.part(limit: 3).next == 2)
    }

    @Test func `records that become slow are looked at more often, and the stride is kept for the next slice`() {
        let clock = Clock()
        var slice = WorkSlice(milliseconds: 100, stride: 64, now: { clock.now })
        clock.now += 32
        slice.note(64)
        #expect(slice.next == 2)
        clock.now += 3
        slice.note(2)
        #expect(slice.next == 1 && slice.stride == 1)
    }

    @Test func `a slice that is interrupted goes on, and gives records as much time as the interruption took`() {
        let clock = Clock()
        var isWanted = true
        var times: [Int64] = []
        let interruption = WorkSlice.Interruption(
            isWanted: { isWanted },
            take: {
                times.append(clock.now - 1000)
                clock.now += 3
            })
        var slice = WorkSlice(milliseconds: 10, stride: 1, interruption: interruption, now: { clock.now })
        slice.note(1)
        #expect(slice.next > 0 && slice.goesOn() && times == [])
        clock.now += 1
        slice.note(slice.next)
        #expect(slice.next == 0 && slice.goesOn() && times == [1] && slice.next > 0)
        for _ in 0..<2 {
            clock.now += 1
            slice.note(slice.next)
            #expect(slice.goesOn() && times == [1])
        }
        clock.now += 1
        slice.note(slice.next)
        #expect(slice.goesOn() == false && times == [1, 7])
        isWanted = false
        slice = WorkSlice(milliseconds: 10, stride: 1, interruption: interruption, now: { clock.now })
        while slice.goesOn() {
            clock.now += 1
            slice.note(slice.next)
        }
        #expect(times == [1, 7])
    }

    @Test func `batches smaller than a stride do not put off the look`() {
        let clock = Clock()
        var slice = WorkSlice(milliseconds: 10, stride: 64, now: { clock.now })
        var batches = 0
        while slice.next > 0 {
            clock.now += 5
            slice.note(min(10, slice.next))
            batches += 1
        }
        #expect(batches == 7)
    }

    @Test func `the limit is kept to whatever the clock says`() {
        var slice = WorkSlice(limit: 5, stride: 64)
        #expect(slice.next == 5)
        slice.note(3)
        #expect(slice.next == 2)
        slice.note(2)
        #expect(slice.next == 0 && slice.processed == 5)
    }

    @Test func `no end and no time wrap around`() {
        let clock = Clock()
        clock.now = .max - 1
        var slice = WorkSlice(milliseconds: .max, now: { clock.now })
        slice.note(slice.next)
        #expect(slice.next > 0)
        clock.now = .max
        slice.note(slice.next)
        #expect(slice.next == 0)
    }
}
