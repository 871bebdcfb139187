import KafkaProtocol

/// The attributes of a SCRAM message: `n=user,r=nonce` and the like.
struct ScramMessage {
    /// Names and values in their order.
    let attributes: [(name: Substring, value: Substring)]

    /// Parses `text`. Throws `.malformed` if a part is not a name, `=` and a value. Names are single letters but for
    /// Kafka's own extensions.
    init(_ text: Substring) throws(SASLError) {
        var attributes: [(name: Substring, value: Substring)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let sign = part.firstIndex(of: "="), sign > part.startIndex else {
                throw .malformed("a SCRAM message with a part that is not an attribute")
            }
            attributes.append((part[..<sign], part[sign...].dropFirst()))
        }
        self.attributes = attributes
    }

    /// The value of the attribute at `index`, which must be called `name`.
    func value(_ name: Substring, at index: Int) throws(SASLError) -> String {
        guard attributes.indices.contains(index), attributes[index].name == name else {
            throw .malformed("a SCRAM message without the attribute \(name) in its place")
        }
        return String(attributes[index].value)
    }

    /// The bytes that the attribute at `index` holds in Base64.
    func bytes(_ name: Substring, at index: Int) throws(SASLError) -> [UInt8] {
        guard let bytes = Base64.decode(try value(name, at: index)) else {
            throw .malformed("a SCRAM message whose attribute \(name) is not Base64")
        }
        return bytes
    }

    /// `message` as text.
    static func text(_ message: Bytes) throws(SASLError) -> String {
        guard let text = String(validating: message.array, as: UTF8.self), !text.utf8.contains(0) else {
            throw .malformed("a SCRAM message that is not text")
        }
        return text
    }

    /// `name` with `=` and `,` replaced.
    static func escape(_ name: String) -> String {
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "=": escaped += "=3D"
            case ",": escaped += "=2C"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Undoes `escape`. Throws `.malformed` for an `=` that stands for nothing.
    static func unescape(_ name: String) throws(SASLError) -> String {
        var parts = name.split(separator: "=", omittingEmptySubsequences: false)
        var result = String(parts.removeFirst())
        for part in parts {
            switch part.prefix(2) {
            case "3D": result += "=" + part.dropFirst(2)
            case "2C": result += "," + part.dropFirst(2)
            default: throw .malformed("a SCRAM user name with a wrong escape")
            }
        }
        return result
    }

    /// The parts joined by commas that both sides sign.
    static func signed(_ first: String, _ second: String, _ third: String) -> [UInt8] {
        Array("\(first),\(second),\(third)".utf8)
    }
}

/// Two byte strings of one length combined bit by bit.
func exclusiveOr(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
