/// A regular expression as a tree.
indirect enum PatternNode: Sendable {
    /// A place between two characters.
    enum Place: Sendable {
        case start, end, wordBoundary, noWordBoundary

        func isAt(_ position: Int, in text: [UInt8]) -> Bool {
            func isWord(_ index: Int) -> Bool { text.indices.contains(index) && PatternParser.word.contains(text[index]) }
            switch self {
            case .start: return position == 0
            case .end: return position == text.count
            case .wordBoundary: return isWord(position - 1) != isWord(position)
            case .noWordBoundary: return isWord(position - 1) == isWord(position)
            }
        }
    }

    case empty
    case one(of: ASCIISet)
    case assert(Place)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Makes a program of a tree.
struct PatternCompiler {
    /// The longest program: each step may be looked at for each character of each topic's name.
    static let longestProgram = 2000

    private var program: [TopicPattern.Instruction] = []

    mutating func emit(_ node: PatternNode) throws {
        switch node {
        case .empty: break
        case .one(let set): try append(.one(of: set))
        case .assert(let place): try append(.assert(place))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternatives(let nodes):
            var jumps: [Int] = []
            for node in nodes.dropLast() {
                let split = program.count
                try append(.split(0, 0))
                try emit(node)
                jumps.append(program.count)
                try append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            if let last = nodes.last { try emit(last) }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(.empty, _, _): break
        case .repeated(let node, let least, let most):
            for _ in 0..<least { try emit(node) }
            guard let most else {
                let split = program.count
                try append(.split(0, 0))
                try emit(node)
                try append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in 0..<max(0, most - least) {
                splits.append(program.count)
                try append(.split(0, 0))
                try emit(node)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }

    private mutating func append(_ instruction: TopicPattern.Instruction) throws {
        guard program.count < Self.longestProgram else { throw TopicPattern.Fault("it is too large") }
        program.append(instruction)
    }

    consuming func finish() -> [TopicPattern.Instruction] { program + [.accept] }
}
