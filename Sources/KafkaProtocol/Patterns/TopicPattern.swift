/// A regular expression for whole names of topics, as consumers subscribe to them: in the syntax of RE2, which Kafka uses, as
/// far as names of topics, which are ASCII, can tell.
///
/// It is matched in time proportional to the name's length and its own: there is no backtracking, so no pattern of a
/// client can hold a broker up.
package struct TopicPattern: Sendable {
    /// The pattern as it was written.
    package let text: String
    private let program: [Instruction]

    /// Throws a `Fault` for what is none.
    package init(_ text: String) throws {
        self.text = text
        var parser = PatternParser(text)
        var compiler = PatternCompiler()
        try compiler.emit(try parser.parse())
        program = compiler.finish()
    }

    /// What is wrong with a pattern.
    package struct Fault: Error {
        package let message: String
        init(_ message: String) { self.message = message }
    }

    /// A step of the machine that looks for matches.
    enum Instruction: Sendable {
        case one(of: ASCIISet)
        case assert(PatternNode.Place)
        case jump(Int)
        case split(Int, Int)
        case accept
    }

    /// Whether the whole name matches.
    package func matches(_ name: String) -> Bool {
        let text = Array(name.utf8)
        var threads: [Int] = []
        var next: [Int] = []
        // The position at which each instruction was reached last.
        var reached = Array(repeating: -1, count: program.count)
        add(0, at: 0, in: text, to: &threads, &reached)
        for (position, byte) in text.enumerated() {
            guard !threads.isEmpty else { return false }
            for thread in threads {
                guard case .one(let set) = program[thread], set.contains(byte) else { continue }
                add(thread + 1, at: position + 1, in: text, to: &next, &reached)
            }
            swap(&threads, &next)
            next.removeAll(keepingCapacity: true)
        }
        return threads.contains { if case .accept = program[$0] { true } else { false } }
    }

    /// Adds what can be reached from an instruction without reading anything.
    private func add(_ start: Int, at position: Int, in text: [UInt8], to threads: inout [Int], _ reached: inout [Int]) {
        var pending = [start]
        while let index = pending.popLast() {
            guard reached[index] != position else { continue }
            reached[index] = position
            switch program[index] {
            case .one, .accept: threads.append(index)
            case .jump(let target): pending.append(target)
            case .split(let one, let other): pending += [other, one]
            case .assert(let place): if place.isAt(position, in: text) { pending.append(index + 1) }
            }
        }
    }
}

/// A set of ASCII characters. What lies beyond is in no name of a topic.
struct ASCIISet: Equatable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    static let everything = ASCIISet().inverted

    init(_ ranges: ClosedRange<UInt8>...) { for range in ranges { insert(UInt32(range.lowerBound)...UInt32(range.upperBound)) } }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        guard range.lowerBound < 128 else { return }
        for value in range.lowerBound...min(127, range.upperBound) {
            if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte - 64)) & 1 == 1
    }

    var inverted: ASCIISet {
        var set = self
        set.low = ~low
        set.high = ~high
        return set
    }

    func union(_ other: ASCIISet) -> ASCIISet {
        var set = self
        set.low |= other.low
        set.high |= other.high
        return set
    }

    /// With the other case of each letter.
    var foldingCase: ASCIISet {
        var set = self
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") {
            let capital = letter - 32
            if contains(letter) { set.insert(UInt32(capital)...UInt32(capital)) }
            if contains(capital) { set.insert(UInt32(letter)...UInt32(letter)) }
        }
        return set
    }
}
