import KafkaProtocol

/// The members of a group who share out its partitions in another way than the one who would join, in words.
struct OtherMembers: Error, CustomStringConvertible {
    /// How many are named.
    static let mostNames = 4

    let description: String

    /// As the coordinator describes the group; nil if it does not.
    init(_ group: DescribeGroupsResponse.DescribedGroup?) {
        guard let group, !group.members.isEmpty else {
            description = "others are in it, who share out its partitions in another way; who they are is not known"
            return
        }
        var names = group.members.prefix(Self.mostNames).map { member in
            let host = member.clientHost.drop { $0 == "/" }
            return "\(member.groupInstanceId ?? member.memberId) (client \(member.clientId) at \(host))"
        }
        if group.members.count > names.count { names.append("\(group.members.count - names.count) more") }
        let way = group.protocolData.isEmpty ? "another way" : "another way, '\(group.protocolData)'"
        description =
            "\(names.joined(separator: ", ")) share\(group.members.count == 1 ? "s" : "") out its partitions in \(way): "
            + "once they have left, or their sessions have timed out, it goes on"
    }
}
