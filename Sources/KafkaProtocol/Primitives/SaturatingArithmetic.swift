/// Arithmetic for numbers from outside: offsets, timestamps, counts, sizes and durations of a client, a file, a broker or
/// a user. `+`, `-` and `*` would trap on them, `&+` would make another number of them.
///
/// What is compared or waited for saturates (a time "for ever after" stays the latest there is); what names a place, as
/// an offset does, is checked, and a place that there cannot be is damage.
extension FixedWidthInteger {
    /// The sum, or the number of this type that is nearest to it.
    @inlinable package func saturatingAdd(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, or the number of this type that is nearest to it.
    @inlinable package func saturatingSubtract(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other < 0 ? .max : .min
    }

    /// The product, or the number of this type that is nearest to it.
    @inlinable package func saturatingMultiply(_ other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        guard overflow else { return product }
        return (self < 0) == (other < 0) ? .max : .min
    }

    /// The sum; nil if this type has no such number.
    @inlinable package func checkedAdd(_ other: Self) -> Self? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    /// The difference; nil if this type has no such number.
    @inlinable package func checkedSubtract(_ other: Self) -> Self? {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? nil : difference
    }

    /// The product; nil if this type has no such number.
    @inlinable package func checkedMultiply(_ other: Self) -> Self? {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }
}

// Not public, so that they do not get in the way of what a user's code has under these names.
extension Duration {
    /// Whole milliseconds, rounded towards zero; the nearest number there is for a duration beyond the range.
    @inlinable package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.saturatingMultiply(1000).saturatingAdd(attoseconds / 1_000_000_000_000_000)
    }

    /// Whole milliseconds as Kafka's requests have them, within the range of an `Int32`.
    package var milliseconds32: Int32 { Int32(clamping: milliseconds) }
}
