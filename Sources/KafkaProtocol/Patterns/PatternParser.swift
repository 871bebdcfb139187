/// Reads RE2's syntax of regular expressions.
struct PatternParser {
    static let digit = ASCIISet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let space = ASCIISet(9...10, 12...13, 32...32)
    static let lower = ASCIISet(UInt8(ascii: "a")...UInt8(ascii: "z"))
    static let upper = ASCIISet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    static let letter = lower.union(upper)
    static let word = letter.union(digit).union(ASCIISet(UInt8(ascii: "_")...UInt8(ascii: "_")))

    /// How deep groups may be nested, and how often anything may be repeated.
    private static let deepest = 200
    private static let mostRepeats = 1000

    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var foldsCase = false

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    mutating func parse() throws -> PatternNode {
        let node = try alternatives()
        guard position == text.count else { throw TopicPattern.Fault("there is a ) without (") }
        return node
    }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func skip(_ expected: String) -> Bool {
        let scalars = Array(expected.unicodeScalars)
        guard text[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private mutating func take() throws -> Unicode.Scalar {
        guard let next else { throw TopicPattern.Fault("it ends too early") }
        position += 1
        return next
    }

    // MARK: Structure

    private mutating func alternatives() throws -> PatternNode {
        var nodes = [try sequence()]
        while skip("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence() throws -> PatternNode {
        var nodes: [PatternNode] = []
        while let next, next != "|", next != ")" {
            let node = try repetition(of: try atom())
            if case .empty = node { continue }
            nodes.append(node)
        }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repetition(of node: PatternNode) throws -> PatternNode {
        guard let (least, most) = try quantifier() else { return node }
        // Which match is taken makes no difference to whether there is one.
        _ = skip("?")
        if next == "*" || next == "+" || next == "?" { throw TopicPattern.Fault("there is a repetition of a repetition") }
        let rest = position
        if try quantifier() != nil { throw TopicPattern.Fault("there is a repetition of a repetition") }
        position = rest
        // Everything that is repeated makes the program longer, which bounds the work of nested repetitions.
        if case .empty = node { return .empty }
        if most == 0 { return .empty }
        return .repeated(node, least: least, most: most)
    }

    private mutating func quantifier() throws -> (least: Int, most: Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let start = position
        guard skip("{"), let least = number() else {
            position = start
            return nil
        }
        var most: Int? = least
        if skip(",") { most = next == "}" ? nil : number() ?? -1 }
        guard skip("}"), most != -1 else {
            // Anything else in braces stands for itself.
            position = start
            return nil
        }
        guard least <= Self.mostRepeats, most ?? 0 <= Self.mostRepeats, least <= most ?? .max else {
            throw TopicPattern.Fault("a repeat count is wrong or over \(Self.mostRepeats)")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = position
        while let next, next.isASCII, Self.digit.contains(UInt8(next.value)), position - start < 9 { position += 1 }
        return Int(String(String.UnicodeScalarView(text[start..<position])))
    }

    private mutating func atom() throws -> PatternNode {
        switch try take() {
        case "(": return try group()
        case "[": return .one(of: try bracket())
        case ".": return .one(of: ASCIISet(10...10).inverted)
        case "^": return .assert(.start)
        case "$": return .assert(.end)
        case "\\": return try escape()
        case "*", "+", "?": throw TopicPattern.Fault("there is nothing to repeat")
        case let scalar: return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        var set = ASCIISet()
        set.insert(scalar.value...scalar.value)
        return .one(of: folded(set))
    }

    private func folded(_ set: ASCIISet) -> ASCIISet { foldsCase ? set.foldingCase : set }

    private mutating func group() throws -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw TopicPattern.Fault("its groups are nested too deep") }
        let outer = foldsCase
        if skip("?") {
            if skip("P<") || (next == "<" && !lookAhead("<=") && !lookAhead("<!") && skip("<")) {
                try name()
            } else if try flags() {
                // They hold to the end of the group around.
                return .empty
            }
        }
        let node = try alternatives()
        guard skip(")") else { throw TopicPattern.Fault("a ) is missing") }
        foldsCase = outer
        return node
    }

    private func lookAhead(_ expected: String) -> Bool { text[position...].starts(with: expected.unicodeScalars) }

    private mutating func name() throws {
        let start = position
        while let next, next.isASCII, Self.word.contains(UInt8(next.value)) { position += 1 }
        guard position > start, skip(">") else { throw TopicPattern.Fault("the name of a group is wrong") }
    }

    /// Reads `i-s:` or `i)`. Returns whether there is no group after it.
    private mutating func flags() throws -> Bool {
        var isOn = true
        while true {
            switch try take() {
            case "i": foldsCase = isOn
            // These make no difference: a name has one line, and which match is taken does not matter.
            case "m", "s", "U": break
            case "-" where isOn: isOn = false
            case ":": return false
            case ")": return true
            case let scalar: throw TopicPattern.Fault("(?\(scalar) is not supported")
            }
        }
    }

    // MARK: Characters

    private mutating func escape() throws -> PatternNode {
        switch next {
        case "A":
            position += 1
            return .assert(.start)
        case "z":
            position += 1
            return .assert(.end)
        case "b":
            position += 1
            return .assert(.wordBoundary)
        case "B":
            position += 1
            return .assert(.noWordBoundary)
        case "Q":
            position += 1
            var nodes: [PatternNode] = []
            while next != nil, !skip("\\E") { nodes.append(literal(try take())) }
            return nodes.isEmpty ? .empty : .sequence(nodes)
        default:
            if let set = try characterClass() { return .one(of: folded(set)) }
            return literal(try escapedCharacter())
        }
    }

    /// What follows a backslash, if it stands for several characters.
    private mutating func characterClass() throws -> ASCIISet? {
        let sets: [Unicode.Scalar: ASCIISet] = ["d": Self.digit, "s": Self.space, "w": Self.word]
        guard let scalar = next else { return nil }
        if let set = sets[scalar] {
            position += 1
            return set
        }
        if let lower = scalar.properties.lowercaseMapping.unicodeScalars.first, let set = sets[lower] {
            position += 1
            return set.inverted
        }
        guard scalar == "p" || scalar == "P" else { return nil }
        position += 1
        var name = String(try take())
        if name == "{" {
            name = ""
            while !skip("}") { name.unicodeScalars.append(try take()) }
        }
        let isInverted = (scalar == "P") != name.hasPrefix("^")
        let known: [String: ASCIISet] = [
            "L": Self.letter, "Lu": Self.upper, "Ll": Self.lower, "N": Self.digit, "Nd": Self.digit, "Latin": Self.letter,
            "Any": .everything,
        ]
        guard let set = known[name.hasPrefix("^") ? String(name.dropFirst()) : name] else {
            throw TopicPattern.Fault("the class of characters \(name) is not known")
        }
        return isInverted ? set.inverted : set
    }

    private mutating func escapedCharacter() throws -> Unicode.Scalar {
        switch try take() {
        case "a": return "\u{7}"
        case "f": return "\u{c}"
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "v": return "\u{b}"
        case "x":
            var digits = ""
            if skip("{") {
                while !skip("}") { digits.unicodeScalars.append(try take()) }
            } else {
                for _ in 0..<2 { digits.unicodeScalars.append(try take()) }
            }
            guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
                throw TopicPattern.Fault("\\x\(digits) is no character")
            }
            return scalar
        case let scalar:
            guard scalar.isASCII, !Self.word.contains(UInt8(scalar.value)) || scalar == "_" else {
                throw TopicPattern.Fault("\\\(scalar) has no meaning")
            }
            return scalar
        }
    }

    private mutating func bracket() throws -> ASCIISet {
        let isInverted = skip("^")
        var set = ASCIISet()
        var isFirst = true
        while isFirst || !skip("]") {
            isFirst = false
            guard next != nil else { throw TopicPattern.Fault("a ] is missing") }
            if skip("[:") {
                set = set.union(try namedClass())
                continue
            }
            if next == "\\" {
                position += 1
                if let part = try characterClass() {
                    set = set.union(part)
                    continue
                }
                position -= 1
            }
            let first = try bracketCharacter()
            var last = first
            if next == "-", position + 1 < text.count, text[position + 1] != "]" {
                position += 1
                last = try bracketCharacter()
            }
            guard first <= last else { throw TopicPattern.Fault("the range \(first)-\(last) goes backwards") }
            set.insert(first.value...last.value)
        }
        // Case is folded before the set is inverted.
        set = folded(set)
        return isInverted ? set.inverted : set
    }

    private mutating func bracketCharacter() throws -> Unicode.Scalar {
        let scalar = try take()
        return scalar == "\\" ? try escapedCharacter() : scalar
    }

    private mutating func namedClass() throws -> ASCIISet {
        let isInverted = skip("^")
        var name = ""
        while !skip(":]") { name.unicodeScalars.append(try take()) }
        let known: [String: ASCIISet] = [
            "alnum": Self.letter.union(Self.digit), "alpha": Self.letter, "ascii": .everything,
            "blank": ASCIISet(9...9, 32...32), "cntrl": ASCIISet(0...31, 127...127), "digit": Self.digit,
            "graph": ASCIISet(33...126), "lower": Self.lower, "print": ASCIISet(32...126),
            "punct": ASCIISet(33...47, 58...64, 91...96, 123...126), "space": ASCIISet(9...13, 32...32),
            "upper": Self.upper, "word": Self.word,
            "xdigit": Self.digit.union(ASCIISet(65...70, 97...102)),
        ]
        guard let set = known[name] else { throw TopicPattern.Fault("the class of characters \(name) is not known") }
        return isInverted ? set.inverted : set
    }
}
