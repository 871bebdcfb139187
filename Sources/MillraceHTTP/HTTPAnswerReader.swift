import KafkaNetwork
import KafkaProtocol

extension HTTPClient {
    /// Reads an answer that ends with its connection. What comes before it (`100 Continue`) is passed over.
    static func read(_ bytes: ArraySlice<UInt8>, from address: NetworkAddress) throws -> Answer {
        var reader = HTTPAnswerReader(rest: bytes, address: address)
        while true {
            let answer = try reader.head()
            guard (100...199).contains(answer.status) else { return try reader.body(of: answer) }
        }
    }
}

/// Takes an answer apart, of which all bytes are there.
private struct HTTPAnswerReader {
    var rest: ArraySlice<UInt8>
    let address: NetworkAddress

    private var malformed: NetworkError { NetworkError(.other, "\(address) answers with something else than HTTP/1.1") }
    private var cutOff: NetworkError { NetworkError(.closed, "the answer of \(address) was cut off") }

    /// Status and header.
    mutating func head() throws -> HTTPClient.Answer {
        let first = String(decoding: try line(), as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard first.count >= 2, first[0] == "HTTP/1.1" || first[0] == "HTTP/1.0", let status = Int(first[1]),
            (100...599).contains(status)
        else { throw malformed }
        return HTTPClient.Answer(status: status, headers: try fields(), body: Bytes())
    }

    /// The body, which is all that is left.
    mutating func body(of head: HTTPClient.Answer) throws -> HTTPClient.Answer {
        var answer = head
        func value(_ name: String) -> String? { head.headers.first { $0.name == name }?.value }
        if let encoding = value("transfer-encoding") {
            guard encoding.lowercased() == "chunked" else { throw malformed }
            answer.body = Bytes(try chunks())
        } else if let length = value("content-length") {
            guard Int(length) == rest.count else { throw cutOff }
            answer.body = Bytes(rest)
        } else {
            answer.body = Bytes(rest)
        }
        return answer
    }

    private mutating func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let digits = try line().prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
            guard (1...7).contains(digits.count), let count = Int(String(decoding: digits, as: UTF8.self), radix: 16), count >= 0 else {
                throw malformed
            }
            if count == 0 { break }
            guard rest.count >= count else { throw cutOff }
            body += rest.prefix(count)
            rest = rest.dropFirst(count)
            guard try line().isEmpty else { throw malformed }
        }
        _ = try fields()
        return body
    }

    private mutating func fields() throws -> [HTTPField] {
        var fields: [HTTPField] = []
        while true {
            let line = try line()
            if line.isEmpty { return fields }
            fields.append(try HTTPField(line: line))
        }
    }

    /// The next line, without its end.
    private mutating func line() throws -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(of: 0x0a) else { throw cutOff }
        guard end > rest.startIndex, rest[end - 1] == 0x0d else { throw malformed }
        defer { rest = rest[(end + 1)...] }
        return rest[..<(end - 1)]
    }
}
