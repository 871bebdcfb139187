import Foundation
import KafkaProtocol
import Millrace
import MillraceCommandLine

/// What one coder does with one kind of value.
struct JSONFigures: Codable, Sendable {
    /// The kind of the values, and how many bytes one has on average.
    var value: String
    var bytes: Int
    /// `decode` or `encode`.
    var direction: String
    var coder: String
    var recordsPerSecond: Double
}

/// Reads and writes values as JSON, many times.
struct JSONBench {
    /// How many values a round has.
    let values: Int
    private let rounds = 5

    func run() throws -> [JSONFigures] {
        try measure("flat", (0..<1000).map(Order.init(number:))) + measure("nested", (0..<1000).map(Basket.init(number:)))
    }

    private func measure<T: Codable & Equatable & SendableMetatype>(_ name: String, _ samples: [T]) throws -> [JSONFigures] {
        let ours = Serde<T>.json()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let foundations = Serde<T>.json(encoder: encoder, decoder: JSONDecoder())
        for sample in samples {
            guard try ours.decode(foundations.bytes(of: sample)) == sample, try foundations.decode(ours.bytes(of: sample)) == sample else {
                throw CommandFailure("a value is not the same when it has been written and read")
            }
        }
        return try [("Millrace", ours), ("Foundation", foundations)].flatMap { coder, serde in
            let texts = try samples.map { try serde.bytes(of: $0) }
            let bytes = texts.reduce(0) { $0 + $1.count } / texts.count
            let decoded = try recordsPerSecond { _ = try serde.decode(texts[$0 % texts.count]) }
            var writer = ByteWriter(capacity: 4096)
            let encoded = try recordsPerSecond {
                writer.removeAll()
                try serde.encode(samples[$0 % samples.count], &writer)
            }
            return [
                JSONFigures(value: name, bytes: bytes, direction: "decode", coder: coder, recordsPerSecond: decoded),
                JSONFigures(value: name, bytes: bytes, direction: "encode", coder: coder, recordsPerSecond: encoded),
            ]
        }
    }

    /// The median of the rounds.
    private func recordsPerSecond(_ body: (Int) throws -> Void) throws -> Double {
        let seconds = try (0..<rounds).map { _ in
            try ContinuousClock().measure { for index in 0..<values { try body(index) } } / .seconds(1)
        }
        return Double(values) / seconds.sorted()[rounds / 2]
    }
}

/// A flat value.
private struct Order: Codable, Equatable {
    var id: Int64
    var customer: String
    var product: String
    var amount: Double
    var paid: Bool
    var note: String?

    init(number: Int) {
        id = Int64(number) * 7_919_113
        customer = "customer-\(number % 97)"
        product = "product number \(number * 31)"
        amount = Double(number * 37 % 100_000) / 100
        paid = number % 2 == 0
        note = number % 3 == 0 ? "leave at the door" : nil
    }
}

/// A value with others in it.
private struct Basket: Codable, Equatable {
    struct Address: Codable, Equatable {
        var street: String
        var city: String
        var zip: String?
    }
    struct Line: Codable, Equatable {
        var sku: String
        var quantity: Int
        var price: Double
    }

    var id: Int64
    var address: Address
    var lines: [Line]
    var tags: [String]

    init(number: Int) {
        id = Int64(number)
        address = Address(street: "Long Street \(number)", city: "Zürich", zip: number % 2 == 0 ? "8001" : nil)
        lines = (0..<3).map { Line(sku: "sku-\(number + $0)", quantity: $0 + 1, price: Double(number * 5 + 1995) / 100) }
        tags = ["new", "gift"]
    }
}
