import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct OtherMembersTests {
    func member(waits: Bool) -> Membership {
        var member = Membership(
            Membership.Configuration(
                groupID: "g", instanceID: nil, sessionTimeout: 1000, heartbeatInterval: 100, rebalanceTimeout: 5000,
                assignor: RangeAssignor(), waitsForOthers: waits,
                retryPolicy: RetryPolicy(initialBackoff: .milliseconds(10), jitter: 0)))
        member.subscribe(["t"], now: 0)
        _ = member.poll(now: 0)
        return member
    }

    let refusal = Result<JoinGroupResponse, KafkaError>.success(
        JoinGroupResponse(errorCode: KafkaErrorCode.inconsistentGroupProtocol.rawValue))

    @Test func `members of another protocol are waited for, as long as it takes`() {
        var member = member(waits: true)
        for now in stride(from: 0, to: 100_000, by: 100) as StrideTo<Int64> {
            member.joined(refusal, now: now, random: 0)
            #expect(member.poll(now: now + 99).actions.isEmpty)
            #expect(member.poll(now: now + 99).deadline == now + 100)
            guard case .join? = member.poll(now: now + 100).actions.first else {
                Issue.record("does not join")
                return
            }
        }
        member.leave()
        #expect(member.poll(now: 200_000).actions.isEmpty)
    }

    @Test func `they are waited for when shares are handed out, too, and what was owned is lost`() throws {
        var member = member(waits: true)
        member.joined(.success(JoinGroupResponse(generationId: 1, leader: "other", memberId: "m")), now: 0, random: 0)
        _ = member.poll(now: 0)
        let answer = SyncGroupResponse(errorCode: KafkaErrorCode.inconsistentGroupProtocol.rawValue)
        member.synced(.success(answer), now: 0, random: 0)
        #expect(member.state == .unjoined(retryAt: 100))
    }

    @Test func `without the setting it is an error, as in Kafka`() {
        var member = member(waits: false)
        member.joined(refusal, now: 0, random: 0)
        guard case .failed(let error)? = member.poll(now: 0).actions.first else {
            Issue.record("does not fail")
            return
        }
        #expect(error.errorCode == .inconsistentGroupProtocol && error.isFatal)
    }

    @Test func `they are named`() {
        func group(_ count: Int) -> OtherMembers {
            OtherMembers(
                DescribeGroupsResponse.DescribedGroup(
                    groupState: "Stable", protocolType: "consumer", protocolData: "stream",
                    members: (0..<count).map { .init(memberId: "m-\($0)", clientId: "app-\($0)", clientHost: "/10.0.0.\($0)") }))
        }
        #expect("\(group(1))".hasPrefix("m-0 (client app-0 at 10.0.0.0) shares out its partitions in another way, 'stream'"))
        #expect("\(group(2))".hasPrefix("m-0 (client app-0 at 10.0.0.0), m-1 (client app-1 at 10.0.0.1) share out"))
        #expect("\(group(9))".contains("m-3 (client app-3 at 10.0.0.3), 5 more share out"))
        #expect("\(group(0))" == "\(OtherMembers(nil))")
    }
}
