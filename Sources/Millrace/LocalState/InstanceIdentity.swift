import KafkaProtocol

extension StateDirectory {
    static let identityName = ".identity"

    /// The name that this instance has in its group (KIP-345), kept in the directory, so that a process which is started again is
    /// known as the one before. Made from `random` when there is none yet, or none that makes sense. Throws `StateFileError`.
    func identity(random: () -> UInt64) throws -> String {
        let path = "\(path)/\(Self.identityName)"
        if let kept = try files.read(path, limit: 64), Self.isIdentity(kept) { return String(decoding: kept, as: UTF8.self) }
        let digits = [random(), random()].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        let identity = digits.joined()
        let file = try files.open("\(path).new", for: .replacing)
        try Array(identity.utf8).withUnsafeBytes { try file.write($0, at: 0) }
        // A name of which half is lost with the machine would be another's.
        try file.sync()
        try files.rename("\(path).new", to: path)
        return identity
    }

    private static func isIdentity(_ bytes: [UInt8]) -> Bool {
        bytes.count == 32
            && bytes.allSatisfy {
                ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f"))
            }
    }
}
