internal import KafkaProtocol

/// How a broker asks whether its clients may do what they want. What no rule allows is denied.
public struct AuthorizerConfiguration: Sendable, Equatable {
    /// Who may do everything, such as `User:admin` (`super.users`).
    public var superUsers: Set<String> = []
    /// Whether everybody may do everything to what no rule is about (`allow.everyone.if.no.acl.found`).
    public var allowsEveryoneIfNoACL = false

    /// Nobody may do anything without a rule.
    public init() {}
}
