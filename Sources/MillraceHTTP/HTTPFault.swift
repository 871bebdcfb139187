/// Why a request is refused: the status that it is answered with, and a word for the client. Handlers throw it, too.
public struct HTTPFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The status, such as 404.
    public var status: Int
    /// What is wrong, for a person to read.
    public var reason: String
    /// What kind of error it is, for a program to read; nil if the status says all.
    public var code: String?
    /// Header fields of the answer, such as `Allow`.
    public var headers: [HTTPField]

    /// A refusal.
    public init(_ status: Int, _ reason: String, code: String? = nil, headers: [HTTPField] = []) {
        self.status = status
        self.reason = reason
        self.code = code
        self.headers = headers
    }

    /// The status and what is wrong.
    public var description: String { "\(status): \(reason)" }

    static func malformed(_ reason: String) -> HTTPFault { HTTPFault(400, reason) }
}
