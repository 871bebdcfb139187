import KafkaProtocol

/// Rows of bytes below the typed stores of a task, for state that outgrows memory: `RowDatabase`, or a model in tests.
///
/// The typed stores are a write-back cache above it. At a commit, once what was committed cannot be taken back, they put
/// all rows that have changed, and `commit` closes the change with a mark. What is found at the next opening is what some
/// commit left, all of it: rows of all families and the mark. Which one is up to the backing: after a crash it may lie some
/// commits back, and the changelog, from the offsets in the mark, leads on from there.
///
/// Used by one thread at a time. All of it throws `RowDatabaseError`.
protocol RowBacking: AnyObject {
    /// What the last commit that was found at the opening left as its mark; nil if there was none.
    var openedMark: Bytes? { get }
    /// Why changes could not be written to the disk lately, if so. They are kept meanwhile, and written with a later commit.
    var failure: RowDatabaseError? { get }
    /// The names of the families there are.
    var familyNames: [String] { get }
    /// Whether there is a family of that name.
    func hasFamily(_ name: String) -> Bool
    /// The family of that name, which is made if there is none.
    func family(_ name: String) -> RowFamily
    /// The value of a key, as changes left it whether or not they are committed; nil if there is no such row. The bytes can
    /// be used until the next call of any function of this backing.
    func borrow(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws -> UnsafeRawBufferPointer?
    /// The rows of a range in the order of their keys' bytes, or against it, as they are now: later changes do not show.
    func scan(_ range: RowRange, of family: RowFamily, reversed: Bool) throws -> any RowCursor
    /// Sets the value of a key. `isNew` says whether there was no such row.
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: RowFamily, isNew: Bool) throws
    /// Deletes a row that is there.
    func delete(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws
    /// Deletes all rows of a family.
    func clear(_ family: RowFamily)
    /// Deletes a family, which must not be used any more.
    func drop(_ family: RowFamily)
    /// Ends a change: the rows as they are now belong to `mark`. `writesOut`: they are to go to the disk soon, however few
    /// have changed.
    func commit(_ mark: Bytes, writesOut: Bool) throws
    /// Why there is no room for more changes after a commit; nil if there is. Who goes on all the same takes memory beyond the budget.
    /// Throws if what should make room cannot be written: retriable if there may be room on the disk again.
    func blockage() throws -> RowBlockage?
    /// Writes what was committed to the disk, and closes. What was changed after the last commit is given up.
    func close() throws
}

extension RowBacking {
    /// Calls `body` with the value of `key`, nil if there is no such row. `body` must not use the backing.
    func withValue<R>(
        of key: UnsafeRawBufferPointer, in family: RowFamily, _ body: (UnsafeRawBufferPointer?) throws -> R
    ) throws -> R {
        try body(try borrow(key, in: family))
    }
}

/// The rows of a scan, one after the other.
@usableFromInline
protocol RowCursor: AnyObject {
    /// Goes to the next row; false if there is none. At first it is before the first row.
    func advance() throws -> Bool
    /// The row that it is at; the bytes can be used until the next `advance`.
    var key: UnsafeRawBufferPointer { get }
    var value: UnsafeRawBufferPointer { get }
}
