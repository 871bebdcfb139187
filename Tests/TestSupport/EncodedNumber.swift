package import KafkaProtocol

/// A number of an encoded message: which it is, and where it stands.
package struct EncodedNumber {
    /// Its path in the decoded message.
    package let name: String
    /// Its bytes, of which there are as many as an integer has.
    package let range: Range<Int>

    /// The message with the number at each of the boundary values of its width.
    package func variants(of message: Bytes) -> [(name: String, bytes: Bytes)] {
        func put<I: FixedWidthInteger>(_ type: I.Type) -> [(name: String, bytes: Bytes)] {
            I.boundaryValues.map { value in
                var writer = ByteWriter()
                writer.write(raw: message[0..<range.lowerBound])
                writer.write(value)
                writer.write(raw: message[range.upperBound..<message.count])
                return ("\(name)=\(value)", writer.finish())
            }
        }
        switch range.count {
        case 1: return put(Int8.self)
        case 2: return put(Int16.self)
        case 4: return put(Int32.self)
        default: return put(Int64.self)
        }
    }
}

/// What is in an encoded message, found out by changing its bytes one after the other: whatever message it is, no list of
/// its fields is needed.
package struct EncodedMessage {
    package let bytes: Bytes
    /// The numbers that the decoded message has.
    package private(set) var numbers: [EncodedNumber] = []
    /// The bytes that say how long something is, or whether it is there.
    package private(set) var lengths: [Int] = []

    /// Looks at a message. `decode` reads it, to the end.
    package init(_ bytes: Bytes, decode: (Bytes) throws -> Any) throws {
        self.bytes = bytes
        let good = Leaf.all(in: try decode(bytes))
        var owners: [Int?] = []
        for place in 0..<bytes.count {
            var owner: Int?
            var isLength = true
            for mask in [0x01, 0x40] as [UInt8] where isLength {
                var changed = bytes.array
                changed[place] ^= mask
                guard let other = (try? decode(Bytes(changed))).map(Leaf.all), other.count == good.count else { continue }
                let differing = good.indices.filter { good[$0] != other[$0] }
                isLength = differing.contains { good[$0].path != other[$0].path }
                if differing.count == 1, !isLength, good[differing[0]].isNumber { owner = differing[0] }
            }
            owners.append(owner)
            if isLength { lengths.append(place) }
        }
        var start = 0
        for place in 1...max(1, owners.count) where place >= owners.count || owners[place] != owners[start] {
            if start < owners.count, let owner = owners[start], [1, 2, 4, 8].contains(place - start) {
                numbers.append(EncodedNumber(name: good[owner].path, range: start..<place))
            }
            start = place
        }
    }

    /// The message with each number at each of its boundary values.
    package var numberVariants: [(name: String, bytes: Bytes)] { numbers.flatMap { $0.variants(of: bytes) } }

    /// The message with wrong lengths of all kinds: of one byte, two and four, and variable ones.
    package var lengthVariants: [(name: String, bytes: Bytes)] {
        lengths.flatMap { place -> [(name: String, bytes: Bytes)] in
            let plain: [[UInt8]] = [[0], [1], [0x7f], [0x80], [0xff], [0x7f, 0xff], [0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff]]
            let variable: [[UInt8]] = [2, 4, 9].map { [UInt8](repeating: 0xff, count: $0) + [$0 == 4 ? 0x0f : 0x01] }
            let replaced = plain.filter { place + $0.count <= bytes.count }.map { new in
                bytes.array[..<place] + new + bytes.array[(place + new.count)...]
            }
            let grown = variable.map { bytes.array[..<place] + $0 + bytes.array[(place + 1)...] }
            return (replaced + grown).enumerated().map { ("length at \(place), variant \($0)", Bytes(Array($1))) }
        }
    }
}

/// A value of a decoded message that has no parts.
private struct Leaf: Equatable {
    let path: String
    let value: String
    let isNumber: Bool

    static func all(in message: Any) -> [Leaf] {
        var found: [Leaf] = []
        collect(message, "", &found)
        return found
    }

    private static func collect(_ value: Any, _ path: String, _ found: inout [Leaf]) {
        func add(_ text: String, isNumber: Bool = false) { found.append(Leaf(path: path, value: text, isNumber: isNumber)) }
        switch value {
        case let value as any FixedWidthInteger: return add("\(value)", isNumber: true)
        case let value as Double: return add("\(value.bitPattern)", isNumber: true)
        case let value as Bytes: return add("\(value.array)")
        case is String, is Bool: return add("\(value)")
        default: break
        }
        let mirror = Mirror(reflecting: value)
        if mirror.children.isEmpty { add("empty") }
        for (index, child) in mirror.children.enumerated() {
            collect(child.value, path + (child.label.map { path.isEmpty || $0 == "some" ? $0 : ".\($0)" } ?? "[\(index)]"), &found)
        }
    }
}
