import Foundation
import KafkaProtocol

/// Bytes that a value is written to by a program. Nobody is called while something here is changed, so that there is no need of checks for
/// exclusive access.
final class AvroOutput {
    let program: AvroProgram
    @exclusivity(unchecked) var bytes: ByteWriter
    /// The value that is being written, by its number: containers of others write nothing any more.
    @exclusivity(unchecked) private(set) var open = 0
    @exclusivity(unchecked) private var serials = 0
    @exclusivity(unchecked) private var depth: Int

    init(_ program: AvroProgram, depth: Int = 0) {
        self.program = program
        self.depth = depth
        bytes = ByteWriter(capacity: 16)
    }

    /// An output for one value that is written beside others.
    func beside() -> AvroOutput {
        let output = AvroOutput(program, depth: depth + 1)
        output.open = 1
        output.serials = 1
        return output
    }

    /// The node of a value as it will be written: of unions the branch that fits, whose number is written. Other nodes as they are.
    @inline(__always)
    func resolve(_ node: Int, where fits: (AvroNode) -> Bool) -> AvroNode? {
        let found = program.nodes[node]
        if found.kind != .union { return fits(found) ? found : nil }
        return branch(of: found, where: fits)
    }

    /// Whether a node can be null.
    func takesNull(_ node: Int) -> Bool {
        let found = program.nodes[node]
        return found.kind == .null || found.kind == .union && program.unions[found.detail].null != nil
    }

    private func branch(of node: AvroNode, where fits: (AvroNode) -> Bool) -> AvroNode? {
        for (number, branch) in program.unions[node.detail].branches.enumerated() where fits(program.nodes[branch]) {
            bytes.writeVarint(Int64(number))
            return program.nodes[branch]
        }
        return nil
    }

    /// Writes a value by `body`, which is told its number; what it has written is taken back if it throws.
    func write(_ body: (Int) throws -> Void) throws {
        guard depth < AvroReader.maximumDepth else { throw AvroMisfit(reason: "nested more than \(AvroReader.maximumDepth) deep") }
        let (start, outer) = (bytes.count, open)
        serials += 1
        open = serials
        depth += 1
        defer {
            open = outer
            depth -= 1
        }
        do {
            try body(open)
        } catch {
            bytes.truncate(to: start)
            throw error
        }
    }
}

/// A value that the schema has no place for. Who knows the way to it makes an `EncodingError` of it.
struct AvroMisfit: Error {
    let reason: String

    func error(_ value: Any, _ path: [any CodingKey]) -> EncodingError {
        // Foundation ends the process where it is to describe a date that is far away or not a number.
        let value = (value as? Date)?.timeIntervalSince1970 ?? value
        return .invalidValue(value, EncodingError.Context(codingPath: path, debugDescription: reason))
    }
}
