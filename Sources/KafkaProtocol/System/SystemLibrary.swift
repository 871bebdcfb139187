#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A C library that is loaded when it is first needed, so that nothing has to be installed to build or to run without
/// it.
public final class SystemLibrary: @unchecked Sendable {
    // Sound as Sendable: the handle is set once and stays valid, as the library is never unloaded; dlsym may be
    // called from any thread.
    private let handle: UnsafeMutableRawPointer
    /// What the library is for.
    public let description: Description

    /// What a library is called, and what to tell the user who does not have it.
    public struct Description: Sendable, Equatable {
        /// What needs the library, such as `zstd compression`.
        public let feature: String
        /// The library's name, such as `zstd`.
        public let name: String
        /// The file names on Linux, in the order of trial.
        public let linuxFiles: [String]
        /// The file names on macOS, in the order of trial.
        public let darwinFiles: [String]
        /// The package of Debian and Ubuntu.
        public let debianPackage: String
        /// The package of Homebrew.
        public let homebrewPackage: String

        /// A description of a library.
        public init(
            feature: String, name: String, linuxFiles: [String], darwinFiles: [String], debianPackage: String,
            homebrewPackage: String
        ) {
            self.feature = feature
            self.name = name
            self.linuxFiles = linuxFiles
            self.darwinFiles = darwinFiles
            self.debianPackage = debianPackage
            self.homebrewPackage = homebrewPackage
        }
    }

    /// Why a library cannot be used.
    public struct LoadingError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The library.
        public let library: Description
        /// What the loader said.
        public let reason: String

        /// Feature, library, reason and the package to install.
        public var description: String {
            "\(library.feature) needs the library \(library.name), which cannot be loaded (\(reason)); "
                + "install it with `apt-get install \(library.debianPackage)` on Debian and Ubuntu or "
                + "`brew install \(library.homebrewPackage)` on macOS"
        }
    }

    /// Loads the library. Throws `LoadingError` if it is not there.
    public init(_ description: Description) throws(LoadingError) {
        self.description = description
        #if canImport(Darwin)
            let files = description.darwinFiles.flatMap { [$0, "/opt/homebrew/lib/\($0)", "/usr/local/lib/\($0)"] }
        #else
            let files = description.linuxFiles
        #endif
        var reason = "no file name is known for this system"
        for file in files {
            if let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) {
                self.handle = handle
                return
            }
            reason = dlerror().map { String(cString: $0) } ?? "not found"
        }
        throw LoadingError(library: description, reason: reason)
    }

    /// The function `name` as the C function type `Function`, which the caller must know to be right.
    ///
    /// Throws `LoadingError` if the library does not have it, which an old version may not.
    public func function<Function>(
        _ name: String, as type: Function.Type = Function.self
    ) throws(LoadingError) -> Function {
        guard let symbol = dlsym(handle, name) else {
            throw LoadingError(library: description, reason: "it has no function \(name)")
        }
        precondition(MemoryLayout<Function>.size == MemoryLayout<UnsafeMutableRawPointer>.size, "not a C function type")
        // Sound: a C function pointer has the size and meaning of the address that dlsym returns.
        return unsafeBitCast(symbol, to: Function.self)
    }
}
