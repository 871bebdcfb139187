internal import KafkaNetwork
internal import KafkaProtocol
internal import Synchronization

/// The users of a broker with what their passwords are checked against: the file `users`, replaced as a whole by every
/// change. It holds salted hashes, never passwords.
final class UserRegistry: Sendable {
    typealias Credentials = [ScramMechanism: ScramCredential]

    /// Mechanisms of one user that are set, or taken away.
    typealias Change = (user: Name, mechanism: ScramMechanism, credential: ScramCredential?)

    private static let fileName = "users"

    private let directory: DataDirectory
    private let users: Mutex<[Name: Credentials]>

    init(in directory: DataDirectory) throws {
        self.directory = directory
        users = Mutex(try Self.read(from: directory))
    }

    /// All users.
    var all: [Name: Credentials] { users.withLock { $0 } }

    func credentials(of user: Name) -> Credentials? { users.withLock { $0[user] } }

    /// Makes the changes; on return they are on the disk.
    func apply(_ changes: [Change]) throws {
        guard !changes.isEmpty else { return }
        try users.withLock { users in
            var next = users
            for change in changes {
                next[change.user, default: [:]][change.mechanism] = change.credential
                if next[change.user]?.isEmpty == true { next[change.user] = nil }
            }
            try directory.replace(Self.fileName, with: PropertyFile(lines: Self.lines(next)).text)
            users = next
        }
    }

    private static func lines(_ users: [Name: Credentials]) -> [[String]] {
        users.sorted { $0.key < $1.key }.flatMap { user, credentials in
            credentials.sorted { $0.key.number < $1.key.number }.map { mechanism, credential in
                [
                    user.string, mechanism.rawValue, "\(credential.iterations)", credential.salt.hex, credential.storedKey.hex,
                    credential.serverKey.hex,
                ]
            }
        }
    }

    private static func read(from directory: DataDirectory) throws -> [Name: Credentials] {
        guard let text = try directory.read(fileName) else { return [:] }
        let name = "\(directory.path)/\(fileName)"
        var users: [Name: Credentials] = [:]
        for (number, line) in try PropertyFile(parsing: text, name: name).lines.enumerated() {
            guard line.count == 6, let mechanism = ScramMechanism(rawValue: line[1]), let iterations = Int(line[2]),
                let salt = Bytes(hex: line[3]), let storedKey = Bytes(hex: line[4]), let serverKey = Bytes(hex: line[5])
            else { throw BrokerError(.corrupt, "line \(number + 1) of \(name) makes no sense") }
            users[Name(line[0]), default: [:]][mechanism] = ScramCredential(
                salt: salt, iterations: iterations, storedKey: storedKey, serverKey: serverKey)
        }
        return users
    }
}

extension Bytes {
    /// Reads what `hex` writes.
    fileprivate init?(hex text: String) {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high * 16 + low))
        }
        self.init(bytes)
    }
}
