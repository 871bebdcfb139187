import MillraceHTTP
import MillraceJSON
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct `Live samples` {
    private let first = TaskID(subTopology: 0, partition: 0)
    private let second = TaskID(subTopology: 1, partition: 0)

    private static func figures(_ read: Int64, written: Int64 = 0, isInternal: Bool = false) -> TaskFigures {
        var figures = TaskFigures()
        var input = TaskFigures.Input(partition: 0, step: "source", isInternal: isInternal)
        input.records = read
        input.position = 10
        input.end = 14
        figures.inputs["in"] = input
        var output = TaskFigures.Output()
        output.records = written
        figures.outputs["out"] = output
        figures.outputs["changelog"] = output
        return figures
    }

    @Test func `rates are the differences of two looks`() {
        var sampler = LiveSampler()
        let isSink: (String) -> Bool = { $0 == "out" }
        _ = sampler.sample([first: Self.figures(100, written: 10)], isSink: isSink, now: 1000, time: 5000)
        let sample = sampler.sample(
            [first: Self.figures(300, written: 30), second: Self.figures(40, isInternal: true)], isSink: isSink, now: 3000, time: 7000)
        #expect(sample.time == 7000)
        #expect(sample.processed == 100)
        #expect(sample.processedInternal == 20)
        #expect(sample.written == 10)
        #expect(sample.lag == 8)
        #expect(sample.latencyMedian == nil)
    }

    @Test func `a task that begins anew counts from zero, and one that is gone not at all`() {
        var sampler = LiveSampler()
        _ = sampler.sample([first: Self.figures(1000), second: Self.figures(5)], isSink: { _ in true }, now: 1000, time: 0)
        let anew = sampler.sample([first: Self.figures(20)], isSink: { _ in true }, now: 2000, time: 0)
        #expect(anew.processed == 20)
        let none = sampler.sample([:], isSink: { _ in true }, now: 3000, time: 0)
        #expect(none.processed == 0)
    }
}

@Suite struct `Live feed` {
    @Test func `of samples and events the oldest go first`() {
        let feed = LiveFeed()
        for number in 0..<LiveFeed.sampleCount + 5 {
            feed.note(LiveSample(time: Int64(number), processed: 0, processedInternal: 0, written: 0, lag: 0, lost: 0))
        }
        for number in 0..<LiveFeed.eventCount + 5 { feed.note((name: "\(number)", data: .null)) }
        let history = feed.history
        #expect(history.samples.count == LiveFeed.sampleCount && history.samples.first?.time == 5)
        #expect(history.events.count == LiveFeed.eventCount && history.events.first?.name == "5")
    }

    @Test func `a listener hears what comes after it, and one that does not read misses the oldest`() async {
        let feed = LiveFeed()
        feed.note((name: "before", data: .null))
        let events = feed.listen()
        for number in 0..<LiveFeed.waiting + 3 { feed.note((name: "\(number)", data: .null)) }
        feed.tell((name: "now", data: .null))
        var names: [String] = []
        for await event in events {
            names.append(event.name)
            if event.name == "now" { break }
        }
        #expect(names.count == LiveFeed.waiting && names.first == "4")
    }

    @Test func `numbers of panels are kept as long as the panel is there`() {
        let feed = LiveFeed()
        for number in 0..<LiveFeed.sampleCount + 2 { feed.note([LivePanel("a", .number(Double(number))), LivePanel("b", .bars([]))]) }
        #expect(feed.numbers["a"]?.count == LiveFeed.sampleCount && feed.numbers["a"]?.first == 2)
        #expect(feed.numbers["b"] == nil)
        feed.note([LivePanel("c", .number(1))])
        #expect(feed.numbers["a"] == nil && feed.numbers["c"] == [1])
    }
}

@Suite struct `Live page` {
    @Test func `it is small, and loads nothing from elsewhere`() {
        let text = LivePage.bytes.string
        #expect(text.utf8.count < 150_000)
        for reference in ["src=", "@import", "url(", "href=\"http", "integrity"] { #expect(!text.contains(reference), "\(reference)") }
        for address in text.split(separator: "http://").dropFirst() { #expect(address.hasPrefix("www.w3.org/2000/svg")) }
        #expect(!text.contains("https://"))
    }
}
