/// The name of a step: Kafka Streams' `Named`. A string literal is one; other strings are made one by `Named(text)`.
///
/// A name has 1 to 249 ASCII letters, digits, `.`, `_` and `-`, and is not `.` or `..`: names of steps become parts of
/// the names of topics. `build()` reports one that has not. Unnamed steps are numbered, so that a step added before
/// them changes their names, and with these those of their stores and topics.
///
/// ```swift
/// orders.filter(named: "large-orders") { _, order in (order?.price ?? 0) > 1000 }
/// ```
public struct Named: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The name.
    public let name: String

    /// The name `name`.
    public init(_ name: String) { self.name = name }

    /// A name written in the source.
    public init(stringLiteral name: String) { self.name = name }

    /// The name.
    public var description: String { name }
}

extension String {
    /// Why this cannot be the name of a topic, a store or a step; nil if it can.
    var nameFault: String? {
        if isEmpty { return "it is empty" }
        if self == "." || self == ".." { return "it is \(self)" }
        if utf8.count > 249 { return "it is longer than 249 characters" }
        let isFine = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isFine ? nil : "only ASCII letters, digits, '.', '_' and '-' may be in it"
    }
}
