import MillraceCommandLine
import Testing

@Suite struct ArgumentTests {
    let program = Command(
        "tool", "Does things.", options: [.flag("loud", "In capitals.")],
        subcommands: [
            Command(
                "send", "Sends.",
                options: [
                    CommandOption("topic", "T", "Where to.", isRequired: true),
                    CommandOption("count", "N", "How many.", kind: .integer(1...100), default: "4"),
                    CommandOption("linger", "D", "How long.", kind: .duration),
                    CommandOption("batch", "SIZE", "How much.", kind: .size),
                    CommandOption("acks", "A", "Who answers.", kind: .choice(["none", "all"])),
                    CommandOption("set", "KEY=VALUE", "A setting.", kind: .pair, isRepeatable: true),
                ],
                positionals: [CommandPositional("FILE", "What.", isRepeatable: true, isOptional: true)]
            ) { _ in },
            Command("groups", "Of groups.", subcommands: [Command("list", "Lists.") { _ in }]),
        ])

    func parse(_ arguments: String...) throws -> ParsedArguments {
        switch try program.parse(arguments) {
        case .run(_, let parsed): return parsed
        case .help: throw ValueError("help")
        }
    }

    func error(_ arguments: String...) -> UsageError? {
        do {
            _ = try program.parse(arguments)
            return nil
        } catch {
            return error as? UsageError
        }
    }

    @Test func `options and arguments may stand in any order`() throws {
        let parsed = try parse(
            "send", "a", "--topic", "t", "b", "--set", "x=1", "--loud", "--set=y=2=3", "-", "--", "--c")
        #expect(parsed.text("topic") == "t")
        #expect(parsed.positionals == ["a", "b", "-", "--c"])
        #expect(try parsed.pairs("set") == ["x": "1", "y": "2=3"])
        #expect(parsed.flag("loud"))
        #expect(parsed.integer("count") == 4)
        #expect(parsed.duration("linger") == nil)
    }

    @Test func `values are read by their kind`() throws {
        let parsed = try parse(
            "send", "--topic=", "--count", "7", "--linger", "1m30s", "--batch", "64KiB", "--acks", "all")
        #expect(parsed.text("topic") == "")
        #expect(parsed.integer("count") == 7)
        #expect(parsed.duration("linger") == .seconds(90))
        #expect(parsed.bytes("batch") == 65536)
        #expect(parsed.text("acks") == "all")
    }

    @Test(arguments: [
        (["send", "--topik", "t"], "unknown option --topik; did you mean --topic?"),
        (["sned"], "unknown command \"sned\"; did you mean send?"),
        (["zebra"], "unknown command \"zebra\""),
        (["send", "--zebra"], "unknown option --zebra"),
        (["send", "-x"], "unknown option -x"),
        (["send"], "--topic T is missing: Where to."),
        (["send", "--topic"], "--topic needs a value: --topic T"),
        (["send", "--topic", "--count"], "--topic needs a value: --topic T"),
        (["send", "--topic", "a", "--topic", "b"], "--topic is given more than once"),
        (["send", "--loud=yes", "--topic", "a"], "--loud takes no value"),
        (["send", "--topic", "a", "--count", "x"], "--count: \"x\" is not a whole number"),
        (["send", "--topic", "a", "--count", "0"], "--count: 0 is out of range: it must be from 1 to 100"),
        (["send", "--topic", "a", "--acks", "some"], "--acks: \"some\" is not one of none, all"),
        (["send", "--topic", "a", "--set", "x"], "--set: \"x\" is not of the form key=value"),
        (["groups", "list", "extra"], "unexpected argument \"extra\""),
        (["groups"], "a command is missing: one of list"),
        ([], "a command is missing: one of send, groups"),
    ])
    func `a command line that makes no sense is refused with a reason`(arguments: [String], message: String) {
        #expect(throws: UsageError.self) { try program.parse(arguments) }
        do { _ = try program.parse(arguments) } catch { #expect("\(error)" == message) }
    }

    @Test func `an error names the command that it was found in`() {
        #expect(error("groups", "list", "--nope")?.commandPath == "tool groups list")
    }

    @Test func `help is given wherever it is asked for, in a faulty line too`() throws {
        guard case .help(let text) = try program.parse(["send", "--nope", "--help"]) else {
            Issue.record("no help")
            return
        }
        #expect(text.contains("Usage: tool send [FILE...] --topic T [OPTIONS]"))
        #expect(text.contains("--count N"))
        #expect(text.contains("How many. Default: 4."))
        #expect(program.help.contains("groups list"))
    }

    @Test func `a setting that is given twice is refused`() throws {
        let parsed = try parse("send", "--topic", "t", "--set", "x=1", "--set", "x=2")
        #expect(throws: UsageError.self) { try parsed.pairs("set") }
    }

    @Test func `any list of arguments is parsed or refused`() {
        var random = SeededRandom(seed: 7)
        let words = [
            "send", "groups", "list", "--topic", "--", "-", "--set", "a=b", "--count", "5", "--loud", "-h", "", "=",
            "--=",
        ]
        for _ in 0..<5000 {
            let arguments = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                words.randomElement(using: &random) ?? ""
            }
            do { _ = try program.parse(arguments) } catch { #expect(error is UsageError) }
        }
    }
}

/// A small generator with a seed (SplitMix64), so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
