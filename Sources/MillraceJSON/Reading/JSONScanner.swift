/// One pass over a text that checks all of it and leaves its nodes. It does not recurse.
struct JSONScanner {
    let text: UnsafePointer<UInt8>
    let count: Int
    var position = 0

    var nodes: UnsafeMutablePointer<JSONNode>
    var nodeCount = 0
    private var nodeCapacity: Int

    /// Room for all strings with escapes, which are never longer than the text. Made when the first comes.
    var unescaped: UnsafeMutablePointer<UInt8>?
    var unescapedCount = 0

    /// Other in each process, so that keys with the same hash cannot be made up.
    let seed = Self.processSeed
    private static let processSeed = UInt64.random(in: .min ... .max)

    init(_ text: UnsafePointer<UInt8>, count: Int) {
        self.text = text
        self.count = count
        nodeCapacity = count / 8 + 8
        nodes = .allocate(capacity: nodeCapacity)
    }

    /// What was found; it is the caller's to free.
    func finish() -> (UnsafeMutablePointer<JSONNode>, UnsafeMutablePointer<UInt8>?) {
        (nodes, unescaped)
    }

    /// Frees what was found.
    func free() {
        nodes.deallocate()
        unescaped?.deallocate()
    }

    /// Reads the whole text.
    mutating func scan() throws(JSONSyntaxError) {
        skipByteOrderMark()
        var container = -1
        var depth = 0
        repeat {
            // A value begins here.
            let byte = try nextByte()
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < JSONCoder.maximumDepth else { throw failure(.tooDeep) }
                depth += 1
                position += 1
                let isObject = byte == UInt8(ascii: "{")
                container = append(JSONNode(start: UInt32(nodeCount + 1), link: UInt32(container + 1), kind: isObject ? .object : .array))
                if try nextByte() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { break }
                if isObject { try scanKey() }
                continue
            case UInt8(ascii: "\""):
                append(try string(.string))
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                append(try number())
            case UInt8(ascii: "t"): try literal("true", .true)
            case UInt8(ascii: "f"): try literal("false", .false)
            case UInt8(ascii: "n"): try literal("null", .null)
            default: throw failure(.noValue)
            }
            // It is over, unless it was an array or object without elements; so may be what is around it.
            var isEmpty = container == nodeCount - 1 && nodes[container].isContainer
            while container >= 0 {
                if !isEmpty { nodes[container].count += 1 }
                isEmpty = false
                let isObject = nodes[container].kind == .object
                let byte = try nextByte()
                if byte == UInt8(ascii: ",") {
                    position += 1
                    if isObject { try scanKey() }
                    break
                }
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw failure(.noSeparator) }
                position += 1
                depth -= 1
                container = close(container)
            }
        } while container >= 0
        skipSpace()
        guard position == count else { throw failure(.moreText) }
    }

    /// Ends an array or object. Returns the one around it, -1 if there is none.
    private mutating func close(_ container: Int) -> Int {
        let outer = Int(nodes[container].link) - 1
        nodes[container].link = UInt32(nodeCount)
        if nodes[container].count > 1, nodes[container].kind == .object { overrideRepeatedKeys(of: container) }
        return outer
    }

    /// A key and its colon.
    private mutating func scanKey() throws(JSONSyntaxError) {
        guard try nextByte() == UInt8(ascii: "\"") else { throw failure(.noKey) }
        var node = try string(.key)
        node.link = hash(bytes(of: node))
        append(node)
        guard try nextByte() == UInt8(ascii: ":") else { throw failure(.noColon) }
        position += 1
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < count else { throw failure(.unexpectedEnd) }
            guard text[position] == word.utf8Start[index] else { throw failure(.noValue) }
            position += 1
        }
        append(JSONNode(start: 0, kind: kind))
    }

    /// The text of a string, key or number, without quotes and escapes.
    func bytes(of node: JSONNode) -> UnsafeBufferPointer<UInt8> {
        let base = node.isUnescaped ? unescaped.map { UnsafePointer($0) } ?? text : text
        return UnsafeBufferPointer(start: base + Int(node.start), count: Int(node.count))
    }

    @discardableResult @inline(__always)
    private mutating func append(_ node: JSONNode) -> Int {
        if nodeCount == nodeCapacity { grow() }
        (nodes + nodeCount).initialize(to: node)
        nodeCount += 1
        return nodeCount - 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: nodeCapacity * 2)
        larger.moveInitialize(from: nodes, count: nodeCount)
        nodes.deallocate()
        nodes = larger
        nodeCapacity *= 2
    }

    /// The next byte that is not space, which stays where it is.
    @inline(__always)
    private mutating func nextByte() throws(JSONSyntaxError) -> UInt8 {
        skipSpace()
        guard position < count else { throw failure(.unexpectedEnd) }
        return text[position]
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < count, text[position] <= 0x20 {
            switch text[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func skipByteOrderMark() {
        if count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { position = 3 }
    }

    /// An error at the place that was come to.
    func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: position) }
}
