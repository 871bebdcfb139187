internal import KafkaProtocol
internal import Synchronization

extension TopicRegistry {
    /// Creates topics, each for itself: the result tells what became of it. All of them cost one write of the
    /// catalogue.
    func create(_ wanted: [NewTopic], validateOnly: Bool = false, isInternal: Bool = false) -> [Result<
        Topic, RequestError
    >] {
        catalogue.withLock { catalogue in
            var next = catalogue
            let planned = wanted.map { new -> Result<(TopicCatalogue.Entry, TopicConfiguration), RequestError> in
                do {
                    let plan = try self.plan(new, in: next, isInternal: isInternal)
                    next.topics.append(plan.0)
                    return .success(plan)
                } catch {
                    return .failure(RequestError(error))
                }
            }
            if !validateOnly, next != catalogue {
                do {
                    try next.write(to: directory)
                    catalogue = next
                } catch {
                    return wanted.map { _ in .failure(RequestError(error)) }
                }
            }
            let created = planned.map { result in
                result.flatMap { entry, settings in
                    if validateOnly {
                        return .success(Topic(name: entry.name, id: .zero, configuration: settings, logs: []))
                    }
                    return Result { try openNew(entry, settings, &catalogue) }.mapError { RequestError($0) }
                }
            }
            if !validateOnly { syncDirectory() }
            return created
        }
    }

    /// Sees to it that partitions do not lose their directories with the machine. The files in them are waited for when
    /// their records are.
    private func syncDirectory() {
        do { try directory.sync() } catch { report("\(directory.path): \(error)") }
    }

    private func openNew(
        _ entry: TopicCatalogue.Entry, _ settings: TopicConfiguration, _ catalogue: inout TopicCatalogue
    ) throws -> Topic {
        do {
            let topic = try Self.open(entry, settings, directory, configuration, clock, report, isNew: true)
            table.withLock { $0[topic.name] = topic }
            return topic
        } catch {
            catalogue.topics.removeAll { $0.id == entry.id }
            catalogue.deleted.append(entry)
            finishDeletions(&catalogue)
            throw error
        }
    }

    private func plan(
        _ new: NewTopic, in catalogue: TopicCatalogue, isInternal: Bool
    ) throws -> (TopicCatalogue.Entry, TopicConfiguration) {
        try TopicName.validate(new.name.string)
        guard isInternal || !TopicName.isInternal(new.name.string) else {
            throw RequestError(.invalidTopicException, "Topic '\(new.name)' is reserved for the broker.")
        }
        let key = TopicName.collisionKey(new.name.string)
        for present in catalogue.topics where TopicName.collisionKey(present.name.string) == key {
            guard present.name != new.name else {
                throw RequestError(.topicAlreadyExists, "Topic '\(new.name)' already exists.")
            }
            throw RequestError(
                .invalidTopicException, "Topic '\(new.name)' collides with existing topic: \(present.name)")
        }
        guard !catalogue.deleted.contains(where: { $0.name == new.name }) else {
            throw RequestError(
                .kafkaStorageError, "The files of the deleted topic '\(new.name)' could not be removed yet.")
        }
        let partitions = new.partitions == -1 ? configuration.defaultPartitions : new.partitions
        guard partitions > 0 else {
            throw RequestError(.invalidPartitions, "Number of partitions was set to an invalid non-positive value.")
        }
        guard partitions <= Self.maximumPartitions else {
            throw RequestError(
                .invalidPartitions, "A topic can have at most \(Self.maximumPartitions) partitions here.")
        }
        guard new.replicationFactor == -1 || new.replicationFactor == 1 else {
            throw RequestError(
                .invalidReplicationFactor,
                new.replicationFactor < 1
                    ? "Replication factor must be larger than 0, or -1 to use the default value."
                    : "Unable to replicate the partition \(new.replicationFactor) time(s): this broker is alone.")
        }
        let settings = try TopicConfiguration(new.settings)
        var generator = SystemRandomNumberGenerator()
        let entry = TopicCatalogue.Entry(
            name: new.name, id: .random(using: &generator), partitions: partitions, settings: settings.overrides)
        return (entry, settings)
    }

    /// Deletes a topic. Once the catalogue says so it is gone, even if the process dies before its files are.
    func delete(_ name: Name) throws {
        try catalogue.withLock { catalogue in
            guard let index = catalogue.topics.firstIndex(where: { $0.name == name }) else {
                throw RequestError(.unknownTopicOrPartition, "This server does not host topic '\(name)'.")
            }
            guard !TopicName.isInternal(name.string) else {
                throw RequestError(.invalidTopicException, "Topic '\(name)' belongs to the broker.")
            }
            var next = catalogue
            next.deleted.append(next.topics.remove(at: index))
            try next.write(to: directory)
            catalogue = next
            let topic = table.withLock { table -> Topic? in
                defer { table[name] = nil }
                return table[name]
            }
            delete(topic?.logs ?? [])
            finishDeletions(&catalogue)
        }
    }

    private func delete(_ logs: [PartitionLog]) {
        for log in logs {
            do { try log.delete() } catch { report("cannot be deleted: \(error)", about: "\(log.topicPartition)") }
        }
    }

    /// Removes the files of deleted topics. What cannot be removed is tried again with the next deletion, and when the
    /// broker is opened.
    private func finishDeletions(_ catalogue: inout TopicCatalogue) {
        do {
            for entry in catalogue.deleted {
                for number in 0..<entry.partitions {
                    try directory.removeDirectory(of: TopicPartition(entry.name, number))
                }
            }
            var next = catalogue
            next.deleted = []
            try next.write(to: directory)
            catalogue = next
        } catch {
            report("files of deleted topics cannot be removed and are left until the broker is opened again: \(error)")
        }
    }

    /// Gives a topic more partitions.
    func grow(_ name: Name, to count: Int32, validateOnly: Bool = false) throws {
        try catalogue.withLock { catalogue in
            guard let index = catalogue.topics.firstIndex(where: { $0.name == name }), var topic = topic(name) else {
                throw RequestError(.unknownTopicOrPartition, "This server does not host topic '\(name)'.")
            }
            guard !topic.isInternal else {
                throw RequestError(.invalidTopicException, "Topic '\(name)' belongs to the broker.")
            }
            let present = topic.partitionCount
            guard count > present else {
                throw RequestError(
                    .invalidPartitions,
                    count == present
                        ? "Topic already has \(present) partition(s)."
                        : "The topic \(name) currently has \(present) partition(s); \(count) would not be an increase.")
            }
            guard count <= Self.maximumPartitions else {
                throw RequestError(
                    .invalidPartitions, "A topic can have at most \(Self.maximumPartitions) partitions here.")
            }
            guard !validateOnly else { return }
            var next = catalogue
            next.topics[index].partitions = count
            let added = try Self.open(
                next.topics[index], topic.configuration, directory, configuration, clock, report, isNew: true,
                from: present)
            do { try next.write(to: directory) } catch {
                delete(added.logs)
                throw error
            }
            catalogue = next
            syncDirectory()
            topic.logs += added.logs
            table.withLock { $0[name] = topic }
        }
    }

    /// Changes the settings of a topic.
    func configure(
        _ name: Name, validateOnly: Bool = false, _ change: (inout TopicConfiguration) throws -> Void
    ) throws {
        try catalogue.withLock { catalogue in
            guard let index = catalogue.topics.firstIndex(where: { $0.name == name }), var topic = topic(name) else {
                throw RequestError(.unknownTopicOrPartition, "This server does not host topic '\(name)'.")
            }
            try change(&topic.configuration)
            guard !validateOnly else { return }
            var next = catalogue
            next.topics[index].settings = topic.configuration.overrides
            guard next != catalogue else { return }
            try next.write(to: directory)
            catalogue = next
            table.withLock { $0[name] = topic }
            let log = topic.configuration.log(broker: configuration)
            for partition in topic.logs { partition.configuration = log }
        }
    }
}
