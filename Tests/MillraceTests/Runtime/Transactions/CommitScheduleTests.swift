import Testing

@testable import Millrace

@Suite struct CommitScheduleTests {
    private func schedule(
        _ interval: Duration, _ guarantee: ProcessingGuarantee = .exactlyOnce, subTopology: Int = 0, now: Int64 = 0
    ) -> CommitSchedule {
        CommitSchedule(
            StreamsConfiguration(applicationID: "a", guarantee: guarantee, commitInterval: interval), subTopology: subTopology,
            now: now)
    }

    @Test func `the first commit comes soon, and never later than the interval`() {
        #expect(schedule(.seconds(30), now: 1000).due == 1050)
        #expect(schedule(.milliseconds(10), now: 1000).due == 1010)
        #expect(schedule(.zero, now: 1000).isDue(at: 1000, hasCaughtUp: false))
    }

    @Test func `tasks of a sub-topology are due together, those of the next a tenth of the interval later`() {
        var times: [Int64] = []
        for (subTopology, ended) in [(0, 1007), (0, 1093), (1, 1003), (1, 1013), (10, 1007)] {
            var schedule = schedule(.milliseconds(100), subTopology: subTopology)
            schedule.noteCommit(began: 1000, ended: Int64(ended))
            times.append(schedule.due)
        }
        #expect(times == [1100, 1100, 1010, 1110, 1100])
    }

    @Test func `who has caught up commits when the next eighth of the interval begins, with its sub-topology`() {
        for ended: Int64 in [1041, 1045, 1048] {
            var schedule = schedule(.milliseconds(80))
            schedule.noteCommit(began: ended - 1, ended: ended)
            #expect(!schedule.isDue(at: 1049, hasCaughtUp: true))
            #expect(schedule.isDue(at: 1050, hasCaughtUp: true))
            #expect(!schedule.isDue(at: 1119, hasCaughtUp: false))
            #expect(schedule.isDue(at: 1120, hasCaughtUp: false))
        }
        var next = schedule(.milliseconds(80), subTopology: 3)
        next.noteCommit(began: 1040, ended: 1041)
        #expect(next.time(hasCaughtUp: true) == 1043 && next.time(hasCaughtUp: false) == 1064)
    }

    @Test func `the longer commits take, the longer is the pause after them, up to the interval`() {
        var schedule = schedule(.milliseconds(80))
        schedule.noteCommit(began: 1011, ended: 1041)
        #expect(schedule.time(hasCaughtUp: true) == 1080)
        schedule.noteCommit(began: 1011, ended: 1111)
        #expect(schedule.time(hasCaughtUp: true) == 1120)
    }

    @Test func `under at least once output does not wait for commits, so only the interval counts`() {
        var schedule = schedule(.milliseconds(80), .atLeastOnce)
        schedule.noteCommit(began: 1000, ended: 1001)
        #expect(schedule.time(hasCaughtUp: true) == 1081)
    }

    @Test func `a commit that was put off comes again soon, caught up or not`() {
        var schedule = schedule(.seconds(30))
        schedule.noteRefusal(at: 1000)
        #expect(schedule.time(hasCaughtUp: true) == 1050 && schedule.time(hasCaughtUp: false) == 1050)
    }

    @Test func `no time is out of bounds`() {
        for interval in [Duration.zero, .milliseconds(1), .seconds(Int64.max)] {
            for now in [Int64.min, -1, 0, .max] {
                for began in [Int64.min, 0, .max] {
                    var schedule = schedule(interval, subTopology: 9, now: now)
                    schedule.noteCommit(began: began, ended: now)
                    #expect(schedule.due >= now && schedule.time(hasCaughtUp: true) >= now)
                    schedule.noteRefusal(at: now)
                    #expect(schedule.due >= now)
                }
            }
        }
    }
}
