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

    /// Changes go to files when there are many, or memory is short.
    func commit(_ mark: Bytes, writesOut: Bool = false) throws {
        try checkUse()
        catalog.mark = mark.detached()
        hasUncommitted = false
        try collect()
        switch share.use(bufferSize) {
        case .keep: if writesOut || changeCount >= Self.mostChanges, mayWrite { startWriting() }
        case .write, .wait: if mayWrite { startWriting() }
        }
    }

    func blockage() throws -> RowBlockage? {
        let wasWriting = job != nil
        try collect()
        guard share.use(bufferSize) == .wait, !hasUncommitted else { return nil }
        if job == nil {
            if wasWriting, let failure { throw failure }
            guard mayWrite else { return .merging }
            nextAttempt = nil
            startWriting()
        }
        return job.map { .writing($0) }
    }

    private var mayWrite: Bool { job == nil && pace.mayWrite(waiting: waitingFiles, now: .now) }

    /// How many files wait to be merged.
    private var waitingFiles: Int {
        guard let text = engine.library.textProperty(handle, "rocksdb.num-files-at-level0") else { return 0 }
        defer { engine.library.free(text) }
        return Int(String(cString: text)) ?? 0
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
        pace.writes()
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
