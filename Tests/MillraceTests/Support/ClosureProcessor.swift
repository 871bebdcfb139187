import Millrace
import Synchronization

/// A processor of texts, made of closures.
struct ClosureProcessor: Processor {
    typealias Context = ProcessorContext<String, String>
    typealias Input = Record<String, String>

    var onStart: (Context) throws -> Void = { _ in }
    var onClose: () throws -> Void = {}
    var onRecord: (Input, Context) throws -> Void = { try $1.forward($0) }

    mutating func start(_ context: Context) throws { try onStart(context) }
    mutating func process(_ record: Input, _ context: Context) throws { try onRecord(record, context) }
    mutating func close() throws { try onClose() }
}

/// What processors have to say.
final class Notes: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ note: String) { list.withLock { $0.append(note) } }
    func take() -> [String] {
        list.withLock { list in
            defer { list = [] }
            return list
        }
    }
    var all: [String] { list.withLock { $0 } }
}
