/// What the header of a request says of its body and its connection.
struct HTTPFraming {
    enum Body: Equatable {
        case none
        case counted(Int)
        case chunked
    }

    var body = Body.none
    /// Whether another request may come after this one.
    var isPersistent: Bool
    /// Whether the client waits before it sends the body.
    var waits = false

    /// Throws if the header can be read in more than one way, or asks for what there is not.
    init(_ request: HTTPRequest) throws(HTTPFault) {
        func values(_ name: String) -> [String] { request.headers.filter { $0.name == name }.map(\.value) }
        let hosts = values("host")
        guard hosts.count <= 1, !request.isVersion1_1 || hosts.count == 1 else { throw .malformed("not one Host") }
        let tokens = values("connection").flatMap { $0.split(separator: ",") }.map { $0.trimmed.lowercased() }
        isPersistent = request.isVersion1_1 && !tokens.contains("close")
        let lengths = values("content-length")
        let encodings = values("transfer-encoding")
        if !encodings.isEmpty {
            guard lengths.isEmpty else { throw .malformed("both Content-Length and Transfer-Encoding") }
            guard request.isVersion1_1 else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
            guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
                throw HTTPFault(501, "chunked is the only Transfer-Encoding here")
            }
            body = .chunked
        } else if let length = lengths.first {
            guard lengths.allSatisfy({ $0.utf8.elementsEqual(length.utf8) }) else { throw .malformed("two Content-Lengths") }
            body = .counted(try Self.count(length))
        }
        if let expected = request.header("expect"), request.isVersion1_1 {
            guard expected.lowercased() == "100-continue" else { throw HTTPFault(417, "100-continue is all that can be expected") }
            waits = body != .none && body != .counted(0)
        }
    }

    private static func count(_ text: String) throws(HTTPFault) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .malformed("a Content-Length that is no number")
        }
        // What is no Int is too large in any case.
        return Int(text) ?? .max
    }
}

extension StringProtocol {
    /// Without spaces and tabs around it.
    var trimmed: SubSequence {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
