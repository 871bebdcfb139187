/// The nodes of a JSON text, which stays where it is.
///
/// Pointers are sound as the scanner checks each place once: text of nodes lies in the text or in `unescaped`, links lie in `nodes`, and the
/// text is there while the document is used (`copyText`).
final class JSONDocument {
    private(set) var text: UnsafePointer<UInt8>
    private(set) var nodes: UnsafeMutablePointer<JSONNode>
    /// The strings that had escapes, one after the other.
    private(set) var unescaped: UnsafeMutablePointer<UInt8>?
    private let textCount: Int
    private var ownsText = false

    /// A document of the bytes, which must stay until it is gone or `copyText` is called.
    init(scanning bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { throw JSONSyntaxError(reason: .unexpectedEnd, offset: 0) }
        guard bytes.count <= Int32.max else { throw JSONSyntaxError(reason: .tooLong, offset: Int(Int32.max)) }
        text = base.assumingMemoryBound(to: UInt8.self)
        textCount = bytes.count
        var scanner = JSONScanner(text, count: textCount)
        do throws(JSONSyntaxError) {
            try scanner.scan()
        } catch {
            scanner.free()
            throw error
        }
        (nodes, unescaped) = scanner.finish()
    }

    deinit {
        nodes.deallocate()
        unescaped?.deallocate()
        if ownsText { text.deallocate() }
    }

    /// Makes the document independent of the bytes it was made of.
    func copyText() {
        guard !ownsText else { return }
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: textCount)
        copy.update(from: text, count: textCount)
        text = UnsafePointer(copy)
        ownsText = true
    }

    /// What a node is. A value that is not there (-1) is null.
    func kind(of node: Int) -> JSONNode.Kind { node < 0 ? .null : nodes[node].kind }

    /// The text of a string, key or number, without quotes and escapes.
    func bytes(of node: JSONNode) -> UnsafeBufferPointer<UInt8> {
        let base = node.isUnescaped ? unescaped.map { UnsafePointer($0) } ?? text : text
        return UnsafeBufferPointer(start: base + Int(node.start), count: Int(node.count))
    }

    /// The text of a string, key or number, without quotes and escapes.
    func string(of node: JSONNode) -> String {
        String(decoding: bytes(of: node), as: UTF8.self)
    }

    /// The node behind a value and all that is in it.
    func next(after node: Int) -> Int {
        nodes[node].isContainer ? Int(nodes[node].link) : node + 1
    }
}
