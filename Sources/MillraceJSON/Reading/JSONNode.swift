/// A value or a key of a document: 16 bytes on its list of nodes, in the order of the text.
///
/// The nodes of an array or object follow its own, keys and values of an object in turn.
struct JSONNode {
    enum Kind: UInt8 {
        case null, `false`, `true`, number, string, array, object
        case key
        /// A key that comes again in its object, so that it does not count.
        case overriddenKey
    }

    /// Strings, keys and numbers: where their text begins. Objects: the member that is looked at next.
    var start: UInt32
    /// Strings, keys and numbers: bytes of their text. Arrays and objects: elements or members.
    var count: UInt32 = 0
    /// Arrays and objects: the node behind their last; while they are being scanned, one more than the one around them. Keys: a hash.
    var link: UInt32 = 0
    var kind: Kind
    /// The text is not in the document as it is, but among its unescaped strings.
    var isUnescaped = false
    /// Strings: all bytes are ASCII. Numbers: digits and a sign only.
    var isPlain = true

    var isContainer: Bool { kind == .array || kind == .object }
}
