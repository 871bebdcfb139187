import KafkaProtocol

/// The digests of OpenSSL's libcrypto.
struct LibCrypto: Sendable {
    private typealias Digest = OpaquePointer
    private typealias Input = UnsafePointer<UInt8>
    private typealias Output = UnsafeMutablePointer<UInt8>

    private let sha256: @convention(c) () -> Digest?
    private let sha512: @convention(c) () -> Digest?
    private let hmac: @convention(c) (Digest?, Input?, Int32, Input?, Int, Output?, UnsafeMutablePointer<UInt32>?) -> Output?
    private let digest: @convention(c) (Input?, Int, Output?, UnsafeMutablePointer<UInt32>?, Digest?, OpaquePointer?) -> Int32
    private let pbkdf2: @convention(c) (Input?, Int32, Input?, Int32, Int32, Digest?, Int32, Output?) -> Int32

    /// The library, loaded with the first use.
    static func loaded() throws(SASLError) -> LibCrypto {
        do throws(SystemLibrary.LoadingError) {
            return try library.get()
        } catch {
            throw SASLError(.unavailable, "\(error)")
        }
    }

    private static let library = Result { () throws(SystemLibrary.LoadingError) in try LibCrypto() }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "SCRAM authentication", name: "libcrypto (OpenSSL)",
                linuxFiles: ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"],
                darwinFiles: ["libcrypto.3.dylib", "libcrypto.1.1.dylib"],
                debianPackage: "libssl3", homebrewPackage: "openssl@3"))
        sha256 = try library.function("EVP_sha256")
        sha512 = try library.function("EVP_sha512")
        hmac = try library.function("HMAC")
        digest = try library.function("EVP_Digest")
        pbkdf2 = try library.function("PKCS5_PBKDF2_HMAC")
    }

    private func algorithm(_ mechanism: ScramMechanism) -> Digest? {
        mechanism == .sha256 ? sha256() : sha512()
    }

    /// The HMAC of `message` under `key`.
    func hmac(_ mechanism: ScramMechanism, key: [UInt8], _ message: [UInt8]) throws(SASLError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: mechanism.size)
        let isDone = hmac(algorithm(mechanism), key, Int32(key.count), message, message.count, &output, nil) != nil
        guard isDone else { throw SASLError(.unavailable, "libcrypto made no HMAC") }
        return output
    }

    /// The digest of `message`.
    func hash(_ mechanism: ScramMechanism, _ message: [UInt8]) throws(SASLError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: mechanism.size)
        guard digest(message, message.count, &output, nil, algorithm(mechanism), nil) == 1 else {
            throw SASLError(.unavailable, "libcrypto made no digest")
        }
        return output
    }

    /// RFC 5802's `Hi`: PBKDF2 with HMAC.
    func saltedPassword(
        _ mechanism: ScramMechanism, _ password: Secret, salt: [UInt8], iterations: Int
    ) throws(SASLError) -> [UInt8] {
        let secret = Array(password.revealed.utf8)
        var output = [UInt8](repeating: 0, count: mechanism.size)
        let isDone = pbkdf2(
            secret, Int32(secret.count), salt, Int32(salt.count), Int32(iterations), algorithm(mechanism),
            Int32(output.count), &output)
        guard isDone == 1 else { throw SASLError(.unavailable, "libcrypto derived no key") }
        return output
    }
}
