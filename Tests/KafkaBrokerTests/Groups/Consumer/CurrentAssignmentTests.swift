import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct CurrentAssignmentTests {
    private func partitions(_ numbers: Int32...) -> Set<TopicIDPartition> {
        Set(numbers.map { TopicIDPartition(.zero, $0) })
    }

    private func next(
        _ current: CurrentAssignment, _ target: Set<TopicIDPartition>, epoch: Int32 = 9,
        owned: Set<TopicIDPartition>? = nil, taken: Set<TopicIDPartition> = []
    ) -> CurrentAssignment {
        current.next(towards: target, epoch: epoch, owned: owned) { !taken.contains($0) }
    }

    @Test func `who has what it should goes on in its epoch`() {
        let current = CurrentAssignment(epoch: 9, previousEpoch: 8, assigned: partitions(1))
        #expect(next(current, partitions(1)) == current)
    }

    @Test func `who only gains goes over to the new epoch at once`() {
        let current = CurrentAssignment(epoch: 5, previousEpoch: 4, assigned: partitions(1))
        #expect(
            next(current, partitions(1, 2))
                == CurrentAssignment(epoch: 9, previousEpoch: 5, assigned: partitions(1, 2)))
    }

    @Test func `who gains what another still has waits for it in the new epoch`() {
        let current = CurrentAssignment(epoch: 5, previousEpoch: 4, assigned: partitions(1))
        let waiting = next(current, partitions(1, 2, 3), taken: partitions(3))
        #expect(
            waiting
                == CurrentAssignment(epoch: 9, previousEpoch: 5, state: .unreleased, assigned: partitions(1, 2)))
        #expect(next(waiting, partitions(1, 2, 3), taken: partitions(3)) == waiting)
        #expect(
            next(waiting, partitions(1, 2, 3))
                == CurrentAssignment(epoch: 9, previousEpoch: 5, assigned: partitions(1, 2, 3)))
    }

    @Test func `who loses stays in its epoch until it says that it has let go`() {
        let current = CurrentAssignment(epoch: 5, previousEpoch: 4, assigned: partitions(1, 2))
        let revoking = next(current, partitions(1, 3))
        #expect(
            revoking
                == CurrentAssignment(
                    epoch: 5, previousEpoch: 4, state: .unrevoked, assigned: partitions(1), revoking: partitions(2)))
        #expect(next(revoking, partitions(1, 3)) == revoking)
        #expect(next(revoking, partitions(1, 3), owned: partitions(2)) == revoking)
        #expect(
            next(revoking, partitions(1, 3), owned: partitions(1))
                == CurrentAssignment(epoch: 9, previousEpoch: 5, assigned: partitions(1, 3)))
    }

    @Test func `who is to lose what it does not have any more loses nothing`() {
        let current = CurrentAssignment(epoch: 5, previousEpoch: 4, assigned: partitions(1, 2))
        #expect(
            next(current, partitions(1), owned: partitions(1))
                == CurrentAssignment(epoch: 9, previousEpoch: 5, assigned: partitions(1)))
    }

    @Test func `who has let go and is to lose more takes one epoch at a time`() {
        let current = CurrentAssignment(
            epoch: 5, previousEpoch: 4, state: .unrevoked, assigned: partitions(1, 2), revoking: partitions(3))
        #expect(
            next(current, partitions(1), owned: partitions(1, 2))
                == CurrentAssignment(
                    epoch: 6, previousEpoch: 5, state: .unrevoked, assigned: partitions(1), revoking: partitions(2)))
    }

    @Test func `who is to have back what it was told to give up gets it once it is free of it`() {
        let current = CurrentAssignment(
            epoch: 5, previousEpoch: 4, state: .unrevoked, assigned: partitions(1), revoking: partitions(2))
        let back = next(current, partitions(1, 2), owned: partitions(1))
        #expect(back.assigned == partitions(1, 2))
        #expect(back.state == .stable)
    }
}
