import KafkaProtocol

extension RowDatabase {
    /// After so many changes they go to a file, however little memory they take: they are what a crash leaves to the
    /// changelog, which gives back some millions a second.
    static let mostChanges = 1 << 20
    /// How long to wait after a failure.
    static let pause = Duration.seconds(1)

    /// The catalog as of the last commit.
    var currentCatalog: RowCatalog {
        var catalog = catalog
        catalog.entries = families.values.sorted { $0.number < $1.number }.map {
            RowCatalog.Entry(name: $0.name, number: $0.number, rowCount: Int64($0.rowCount))
        }
        return catalog
    }

    /// Changes go to files when there are many, or memory is short. If it is very short, this waits until that is done,
    /// and throws if it fails: retriable if there may be room again.
    func commit(_ mark: Bytes, writesOut: Bool = false) throws {
        try checkUse()
        catalog.mark = mark.detached()
        hasUncommitted = false
        try collect()
        switch share.use(bufferSize) {
        case .keep: if writesOut || changeCount >= Self.mostChanges { startWriting() }
        case .write: startWriting()
        case .wait: try writeOut()
        }
    }

    /// Waits until all that was committed is in files.
    func writeOut() throws {
        job?.wait()
        try collect()
        if hasUncommitted { return }
        nextAttempt = nil
        startWriting()
        job?.wait()
        try collect()
        if let failure { throw failure }
        _ = share.use(bufferSize)
    }

    /// Begins to write what was committed to a file, unless a file is being written.
    func startWriting() {
        guard job == nil, !hasUncommitted else { return }
        if let nextAttempt, ContinuousClock.now < nextAttempt { return }
        freeze()
        guard !frozen.isEmpty || catalog.mark != writtenMark else { return }
        for family in families.values { family.isInFiles = true }
        let job = RowFileJob(self)
        self.job = job
        job.start()
    }

    /// Takes note of a file that has been written. One that could not be written is tried again later; all that should be in
    /// it stays in the buffers.
    private func collect() throws {
        guard let job, let result = job.result else { return }
        self.job = nil
        switch result {
        case .success:
            frozen.removeLast(job.buffers.count)
            writtenMark = job.mark
            failure = nil
            nextAttempt = nil
        case .failure(let error):
            failure = error
            nextAttempt = ContinuousClock.now + Self.pause
            if !error.isRetriable { try noting { throw error } }
        }
    }

    private var bufferSize: Int { frozen.reduce(open.size) { $0 + $1.size } }
    private var changeCount: Int { frozen.reduce(open.changeCount) { $0 + $1.changeCount } }
}
