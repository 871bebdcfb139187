import KafkaProtocol

/// The SHA-256 of `bytes` in hexadecimal digits, for vectors that give long values by their digest.
func sha256(_ bytes: Bytes) -> String {
    func fraction(_ value: Double) -> UInt32 {
        UInt32(truncatingIfNeeded: UInt64((value - value.rounded(.down)) * 4_294_967_296))
    }
    let primes = (2..<312).filter { number in !(2..<number).contains { number % $0 == 0 } }
    let constants = primes.prefix(64).map { fraction(cubeRoot(Double($0))) }
    var state = primes.prefix(8).map { fraction(Double($0).squareRoot()) }

    var message = bytes.array + [0x80]
    message += Array(repeating: 0, count: (120 - message.count % 64) % 64)
    message += (0..<8).map { UInt8(truncatingIfNeeded: (UInt64(bytes.count) * 8) >> (56 - 8 * UInt64($0))) }
    func rotate(_ value: UInt32, _ by: UInt32) -> UInt32 { value >> by | value << (32 - by) }
    for block in stride(from: 0, to: message.count, by: 64) {
        var words = (0..<16).map { word in
            (0..<4).reduce(0 as UInt32) { $0 << 8 | UInt32(message[block + word * 4 + $1]) }
        }
        for index in 16..<64 {
            let low = words[index - 15]
            let high = words[index - 2]
            let s0 = rotate(low, 7) ^ rotate(low, 18) ^ low >> 3
            let s1 = rotate(high, 17) ^ rotate(high, 19) ^ high >> 10
            words.append(words[index - 16] &+ s0 &+ words[index - 7] &+ s1)
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let first = h &+ s1 &+ (e & f ^ ~e & g) &+ constants[index] &+ words[index]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let second = s0 &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        state = zip(state, [a, b, c, d, e, f, g, h]).map { $0 &+ $1 }
    }
    return state.map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
}

private func cubeRoot(_ value: Double) -> Double {
    var root = value / 3
    for _ in 0..<100 { root -= (root * root * root - value) / (3 * root * root) }
    return root
}
