/// The file system as local state uses it: `SystemFiles`, or in tests one in memory that fails where it is told to.
///
/// All of it throws `StateFileError`, and none of it waits for the disk but `sync`.
protocol StateFiles: Sendable {
    /// Makes a directory, and those above it, private to the user, where they are missing.
    func makeDirectory(_ path: String) throws
    /// The names in a directory, in no order; none if it is not there.
    func names(in directory: String) throws -> [String]
    /// Opens a file.
    func open(_ path: String, for access: StateFileAccess) throws -> any StateFile
    /// Gives a file or directory another name, in place of what has it.
    func rename(_ path: String, to other: String) throws
    /// Removes a file; one that is not there is fine.
    func remove(_ path: String) throws
    /// Removes a directory that is empty; one that is not there is fine.
    func removeDirectory(_ path: String) throws
    /// Waits until the names in a directory are on the disk.
    func syncDirectory(_ path: String) throws
    /// Makes a file and keeps it from being locked by others until what is given is let go, or the process ends; nil if another
    /// has it.
    func lock(_ path: String) throws -> (any StateFile)?
}

/// What a file is opened for.
enum StateFileAccess: Sendable {
    case reading
    /// Reading and writing; it is made where it is missing.
    case writing
    /// Reading and writing, without what it held before.
    case replacing
}

/// An open file; it is closed with its last reference.
protocol StateFile: AnyObject, Sendable {
    /// The number of its bytes.
    func size() throws -> Int
    /// Fills `buffer` from `position` on; returns how many bytes there were, fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws -> Int
    /// Writes the bytes at `position`. After an error any part of them may be in the file.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws
    /// Cuts the file to `size` bytes.
    func truncate(to size: Int) throws
    /// Waits until its content is on the disk.
    func sync() throws
}

extension StateFiles {
    /// Removes a directory with all that is in it.
    func removeTree(_ path: String) throws {
        for name in try names(in: path) {
            do {
                try remove("\(path)/\(name)")
            } catch let error as StateFileError where error.isAboutDirectory {
                try removeTree("\(path)/\(name)")
            }
        }
        try removeDirectory(path)
    }

    /// The content of a small file; nil if there is none.
    func read(_ path: String, limit: Int = 1 << 16) throws -> [UInt8]? {
        do {
            let file = try open(path, for: .reading)
            var content = [UInt8](repeating: 0, count: min(limit, try file.size()))
            let count = try content.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
            return Array(content[..<count])
        } catch let error as StateFileError where error.isMissing {
            return nil
        }
    }
}
