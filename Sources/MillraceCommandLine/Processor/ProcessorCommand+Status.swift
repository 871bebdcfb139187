internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

extension ProcessorCommand {
    /// `status`: what the instances of an application do.
    var status: Command {
        Command(
            "status", "Shows which instance of an application has which tasks, and how far they are.",
            discussion: """
                The group tells it, whatever machines the instances are on. Without the topology's name partitions are not \
                put together to tasks.
                """,
            options: [.broker, .clientConfig, Self.applicationID, Self.settings, .json],
            positionals: [Self.optionalTopology]
        ) { invocation in
            try await withApplication(invocation) { application, admin in
                guard let group = try await admin.describeGroups([application.id])[Name(application.id)],
                    group.state != "Dead"
                else { throw CommandFailure("there is no group \(application.id): the application has not run here") }
                let status = ApplicationStatus(group, try await admin.lags(of: group), task: application.task)
                let output = OutputWriter()
                let isJSON = invocation.arguments.flag("json")
                status.listing(withGroup: isJSON).write(to: output, asJSON: isJSON, title: status.title)
                try output.flush()
            }
        }
    }

    /// `offsets`: how far an application is with what it reads.
    var offsets: Command {
        Command(
            "offsets", "Shows the committed offset, the end and the lag of each partition that an application reads.",
            options: [.broker, .clientConfig, Self.applicationID, Self.settings, .json],
            positionals: [Self.optionalTopology]
        ) { invocation in
            try await withApplication(invocation) { application, admin in
                let topics = try await application.topics(admin)
                guard let group = try await admin.describeGroups([application.id])[Name(application.id)] else { return }
                var listing = Listing("topic", "partition", "kind", "task", "current", "end", "lag")
                for row in try await admin.lags(of: group) {
                    listing.add(
                        .text(row.partition.topic), .init(row.partition.partition),
                        .init(topics.kind(of: row.partition.topicName)),
                        .init(application.task(reading: row.partition)?.description), .init(row.current), .init(row.end),
                        .init(row.lag))
                }
                try listing.print(asJSON: invocation.arguments.flag("json"))
            }
        }
    }
}

extension ApplicationTopics {
    fileprivate func kind(of topic: Name) -> String? {
        func has(_ topics: [String]) -> Bool { topics.contains { Name($0) == topic } }
        return has(inputs) ? "input" : has(intermediates) ? "intermediate" : has(own) ? "internal" : nil
    }
}

/// What the instances of an application do, as their group tells it.
struct ApplicationStatus {
    private struct Row {
        var task: String?
        var role: String
        var partitions: [String] = []
        var lag: Int64?
        var member: GroupDescription.Member?
        var process: String?
    }

    let title: String
    private let group: GroupDescription
    private var rows: [Row] = []

    init(_ group: GroupDescription, _ lags: [GroupLag], task: (TopicPartition) -> TaskID?) {
        self.group = group
        let count = group.members.count
        let total = lags.compactMap(\.lag).reduce(Int64(0)) { $0.saturatingAdd($1) }
        title = "\(group.groupID): \(group.state), \(count) member\(count == 1 ? "" : "s"), lag \(Figures.count(total))"
        for member in group.members {
            let tasks = MemberTasks(subscription: member.subscriptionData, assignment: member.assignmentData)
            let own = active(of: lags.filter { $0.member?.id == member.id }, task)
            var rows = own.map { row in
                var row = row
                row.member = member
                if let task = row.task, tasks?.stopped.contains(where: { $0.description == task }) == true { row.role = "stopped" }
                return row
            }
            rows += (tasks?.standbys ?? []).map { Row(task: "\($0)", role: "standby", member: member) }
            rows += (tasks?.warmUps ?? []).map { Row(task: "\($0)", role: "warm-up", member: member) }
            if rows.isEmpty { rows = [Row(role: tasks?.refusal ?? "idle", member: member)] }
            for place in rows.indices { rows[place].process = tasks?.process }
            self.rows += rows
        }
        rows += active(of: lags.filter { $0.member == nil }, task).map { row in
            var row = row
            row.role = "unassigned"
            return row
        }
    }

    /// A row for each task, or for each partition whose task is not known.
    private func active(of lags: [GroupLag], _ task: (TopicPartition) -> TaskID?) -> [Row] {
        let known = Dictionary(grouping: lags.filter { task($0.partition) != nil }) { task($0.partition) }
        func row(_ task: TaskID?, _ lags: [GroupLag]) -> Row {
            Row(
                task: task?.description, role: "active", partitions: lags.map(\.partition.description),
                lag: lags.contains { $0.lag == nil } ? nil : lags.compactMap(\.lag).reduce(Int64(0)) { $0.saturatingAdd($1) })
        }
        return known.compactMap { task, lags in task.map { ($0, lags) } }.sorted { $0.0 < $1.0 }.map { row($0.0, $0.1) }
            + lags.filter { task($0.partition) == nil }.map { row(nil, [$0]) }
    }

    func listing(withGroup: Bool) -> Listing {
        let columns = ["task", "role", "lag", "member", "instance", "client", "host", "process", "partitions"]
        var listing = Listing(withGroup ? ["group", "state"] + columns : columns)
        for row in rows {
            let cells: [Listing.Cell] = [
                .init(row.task), .text(row.role), .init(row.lag), .init(row.member?.id), .init(row.member?.instanceID),
                .init(row.member?.clientID), .init(row.member?.clientHost), .init(row.process), .texts(row.partitions),
            ]
            listing.add(row: withGroup ? [.text(group.groupID), .text(group.state)] + cells : cells)
        }
        return listing
    }
}
