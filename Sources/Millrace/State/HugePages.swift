#if canImport(Glibc)
    import Glibc
#endif

/// Asks the system for large pages where a table is looked up at random: with small ones each look-up costs a page walk.
@usableFromInline
enum HugePages {
    /// Memory is told of from this size on: a large page is 2 MiB.
    @usableFromInline static let size = 2 << 20

    /// Tells of `count` bytes at `start`. A hint; nothing depends on it.
    @usableFromInline
    static func advise(_ start: UnsafeRawPointer?, count: Int) {
        #if canImport(Glibc)
            guard let start, count >= size else { return }
            // Whole pages inside the memory only, so that its neighbours are left alone.
            let first = (UInt(bitPattern: start) + UInt(size) - 1) & ~(UInt(size) - 1)
            let end = (UInt(bitPattern: start) + UInt(count)) & ~(UInt(size) - 1)
            guard end > first, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
            _ = madvise(address, Int(end - first), MADV_HUGEPAGE)
        #endif
    }
}
