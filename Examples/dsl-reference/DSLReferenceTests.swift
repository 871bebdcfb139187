import Foundation
import KafkaProtocol
import Millrace
import MillraceTesting
import MillraceTestSupport
import Testing

/// The sections of the article are true: their code is that of the examples, and each record makes what stands beside it.
///
/// With `MILLRACE_WRITE_DOCS=1` what does not stand there as it comes out is written into the article.
@Suite(.serialized) struct DSLReferenceTests {
    static let article = Article("Millrace", "DSLReference")

    @Test func `each example has its section, and each section its example`() throws {
        #expect(try Self.article.sections(level: 3).map(\.title).sorted() == Example.all.map(\.name).sorted())
    }

    @Test func `the code of the article is that of the examples`() throws {
        #expect(try Self.article.snippets(missingIn: "Examples/dsl-reference") == [])
    }

    @Test(arguments: Example.all.map(\.name))
    func `each record makes what stands beside it`(name: String) throws {
        let example = try #require(Example.all.first { $0.name == name })
        let section = try #require(try Self.article.sections(level: 3).first { $0.title == name })
        let builder = StreamsBuilder()
        try example.build(builder)
        let driver = try TopologyTestDriver(builder.build())
        let arrow = " →"
        let lines = section.text.split(separator: "\n").filter { $0.contains(arrow) }.map(String.init)
        #expect(!lines.isEmpty)
        var made = section.text
        for line in lines {
            let record = try #require(line.range(of: arrow).map { line[..<$0.lowerBound] }).trimmingCharacters(in: .whitespaces)
            let results = try example.results(of: record, driver)
            let padded = record.padding(toLength: max(18, record.count), withPad: " ", startingAt: 0)
            let whole = results.isEmpty ? padded + arrow : padded + arrow + " " + results.joined(separator: ", ")
            if whole != line { made.replace(line, with: whole, maxReplacements: 1) }
        }
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try Self.article.replace(section.text, with: made)
        } else {
            #expect(section.text == made)
        }
    }
}

extension Example {
    /// Sends a record, written as `topic key:value @time` with `-` for null, and returns all that is written then.
    fileprivate func results(of line: String, _ driver: TopologyTestDriver) throws -> [String] {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let at = try #require(words.last?.range(of: " @", options: .backwards))
        let time = try #require(Int64(words[1][at.upperBound...]))
        let record = words[1][..<at.lowerBound].split(separator: ":", maxSplits: 1).map(String.init)
        let key = record[0] == "-" ? nil : try Serde.string.bytes(of: record[0])
        let value: Bytes? =
            switch record[1] {
            case "-": nil
            case let text where numbers.contains(words[0]): try Serde.int64.bytes(of: try #require(Int64(text)))
            case let text: try Serde.string.bytes(of: text)
            }
        try driver.pipe(words[0], key: key, value: value, timestamp: time)
        return try driver.producedTopicNames.sorted().filter { !$0.hasPrefix("test-") }.flatMap { topic in
            try driver.read(topic).map { "\(topic) \(try text(of: $0, topic)) @\($0.timestamp)" }
        }
    }

    private func text(of record: TestRecord<Bytes, Bytes>, _ topic: String) throws -> String {
        func text<Value>(_ bytes: Bytes?, _ serde: Serde<Value>, _ write: (Value) -> String) throws -> String {
            try bytes.map { write(try serde.decode($0)) } ?? "-"
        }
        let key =
            switch windows[topic] {
            case nil: try text(record.key, .string) { $0 }
            case .sized(let size): try text(record.key, .timeWindowed(.string, size: size)) { "\($0.key)[\($0.window.start),\($0.window.end))" }
            case .sliding(let size): try text(record.key, .timeWindowed(.string, size: size)) { "\($0.key)[\($0.window.start),\($0.window.end)]" }
            case .session: try text(record.key, .sessionWindowed(.string)) { "\($0.key)[\($0.window.start),\($0.window.end)]" }
            }
        let value = numbers.contains(topic) ? try text(record.value, .int64) { "\($0)" } : try text(record.value, .string) { $0 }
        return "\(key):\(value)"
    }
}
