/// A value that is being written.
struct JSONFrame {
    enum Kind: UInt8 {
        /// Nothing is written yet.
        case none
        case object, array, single
    }

    /// Tells it from all others of its writer, so that a container that is used after its time is found out.
    var serial: Int
    var start = 0
    var kind = Kind.none
    /// The members are put in order at the end, as those of a dictionary come in any.
    var isSorted = false
    /// Members or elements so far.
    var count = 0
    /// Where the key of the latest member is, with its quotes.
    var nameStart = 0
    var nameEnd = 0
    /// What the writer had of both when the value began.
    var holes = 0
    var members = 0
}

/// A place in a writer for bytes of another.
struct JSONHole {
    let offset: Int
    /// The object or array that it is in, and its key there.
    let serial: Int
    let name: String?
    let writer: JSONWriter
}

/// A state of a writer that can be gone back to.
struct JSONMark {
    let count: Int
    let frame: JSONFrame
    let outer: Int
    let holes: Int
    let members: Int
}
