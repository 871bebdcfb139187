internal import Millrace

/// The options about what fails, as they were asked for.
struct FailureOptions {
    static let policyForms = "fail, skip, dead-letter:TOPIC or retry:TIMES[,pause=DURATION][,longest=DURATION],then=POLICY"

    static let all: [CommandOption] = [
        CommandOption(
            "bad-records", "POLICY",
            "What happens to records that cannot be read, processed or written: \(policyForms).",
            kind: .checked { _ = try BadRecordPolicy(parsing: $0) }, default: "fail"),
        CommandOption(
            "on-failure", "KIND=POLICY",
            "What happens instead with a kind of failure: \(StreamsFailure.Kind.allCases.map(\.rawValue).joined(separator: ", ")).",
            kind: .checked { _ = try kindAndPolicy($0) }, isRepeatable: true),
        CommandOption(
            "dropped-records", "POLICY",
            "What happens to records that steps leave out, such as late ones: count or dead-letter:TOPIC.",
            kind: .checked { _ = try DroppedRecordPolicy(parsing: $0) }, default: "count"),
        CommandOption(
            "failed-tasks", "POLICY",
            "What happens when a task has failed for good: stop-application, stop-task (the others go on) or restart (after a pause that doubles; five times at one offset).",
            kind: .checked { _ = try FailedTaskPolicy(parsing: $0) }, default: "stop-application"),
    ]

    private let onBadRecord: BadRecordPolicy
    private let onFailure: [StreamsFailure.Kind: BadRecordPolicy]
    private let droppedRecords: DroppedRecordPolicy
    private let failedTasks: FailedTaskPolicy

    /// Throws `UsageError`.
    init(_ arguments: ParsedArguments) throws {
        onBadRecord = try arguments.text("bad-records").map { try BadRecordPolicy(parsing: $0) } ?? .fail
        var onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:]
        for text in arguments.texts("on-failure") {
            let (kind, policy) = try Self.kindAndPolicy(text)
            guard onFailure.updateValue(policy, forKey: kind) == nil else {
                throw UsageError("--on-failure \(kind.rawValue) is given more than once")
            }
        }
        self.onFailure = onFailure
        droppedRecords = try arguments.text("dropped-records").map { try DroppedRecordPolicy(parsing: $0) } ?? .count
        failedTasks = try arguments.text("failed-tasks").map { try FailedTaskPolicy(parsing: $0) } ?? .stopApplication
    }

    /// Puts what was asked for into a configuration.
    func apply(to configuration: inout StreamsConfiguration) {
        configuration.onBadRecord = onBadRecord
        configuration.onFailure = onFailure
        configuration.droppedRecords = droppedRecords
        configuration.failedTasks = failedTasks
    }

    /// Reads `KIND=POLICY`. Throws `ValueError`.
    private static func kindAndPolicy(_ text: String) throws -> (StreamsFailure.Kind, BadRecordPolicy) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let kind = StreamsFailure.Kind(rawValue: parts[0]) else {
            let kinds = StreamsFailure.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValueError("\"\(text)\" is not KIND=POLICY with one of the kinds \(kinds)")
        }
        return (kind, try BadRecordPolicy(parsing: parts[1]))
    }

    /// The topic of `dead-letter:TOPIC`; nil if it is not of this form.
    fileprivate static func deadLetterTopic(_ text: String) -> String? {
        let prefix = "dead-letter:"
        return text.hasPrefix(prefix) && text.count > prefix.count ? String(text.dropFirst(prefix.count)) : nil
    }
}

extension BadRecordPolicy {
    /// Reads `fail`, `skip`, `dead-letter:TOPIC` or `retry:TIMES[,pause=DURATION][,longest=DURATION],then=POLICY`. Throws
    /// `ValueError`.
    init(parsing text: String) throws {
        if text == "fail" {
            self = .fail
        } else if text == "skip" {
            self = .skip
        } else if let topic = FailureOptions.deadLetterTopic(text) {
            self = .deadLetter(topic: topic)
        } else {
            self = try Self.retry(parsing: text)
        }
    }

    private static func retry(parsing text: String) throws -> BadRecordPolicy {
        let fault = ValueError("\"\(text)\" is not one of \(FailureOptions.policyForms)")
        let prefix = "retry:"
        guard text.hasPrefix(prefix) else { throw fault }
        // What comes after `then=` may have commas of its own.
        guard let then = text.firstRange(of: ",then=") else { throw fault }
        let parts = text[..<then.lowerBound].dropFirst(prefix.count).split(separator: ",", omittingEmptySubsequences: false)
        guard let first = parts.first, let times = Int(first), times >= 1 else { throw fault }
        var pause = Duration.milliseconds(100)
        var longest: Duration?
        for part in parts.dropFirst() {
            if part.hasPrefix("pause=") {
                pause = try Duration(parsing: String(part.dropFirst("pause=".count)))
            } else if part.hasPrefix("longest=") {
                longest = try Duration(parsing: String(part.dropFirst("longest=".count)))
            } else {
                throw fault
            }
        }
        if let longest, longest < pause { throw ValueError("the longest pause of \"\(text)\" is shorter than the first one") }
        return .retry(
            times: times, pause: pause, longestPause: longest ?? max(pause, .seconds(30)),
            then: try BadRecordPolicy(parsing: String(text[then.upperBound...])))
    }
}

extension DroppedRecordPolicy {
    /// Reads `count` or `dead-letter:TOPIC`. Throws `ValueError`.
    init(parsing text: String) throws {
        if text == "count" {
            self = .count
        } else if let topic = FailureOptions.deadLetterTopic(text) {
            self = .deadLetter(topic: topic)
        } else {
            throw ValueError("\"\(text)\" is not one of count, dead-letter:TOPIC")
        }
    }
}

extension FailedTaskPolicy {
    /// Reads `stop-application`, `stop-task` or `restart`. Throws `ValueError`.
    init(parsing text: String) throws {
        switch text {
        case "stop-application": self = .stopApplication
        case "stop-task": self = .stopTask
        case "restart": self = .restart()
        default: throw ValueError("\"\(text)\" is not one of stop-application, stop-task, restart")
        }
    }
}
