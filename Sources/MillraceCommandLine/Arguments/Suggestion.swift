/// The word of `words` that a user who typed `typed` most likely meant; nil if none is near.
func nearest(to typed: String, in words: [String]) -> String? {
    let limit = max(1, typed.count / 3)
    let ranked = words.map { (word: $0, distance: editDistance(typed, $0)) }
    if let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit { return best.word }
    let longer = words.filter { $0.hasPrefix(typed) }
    return longer.count == 1 && typed.count >= 2 ? longer.first : nil
}

/// How many letters must be put in, left out, changed or swapped with their neighbour to make `left` into `right`.
func editDistance(_ left: String, _ right: String) -> Int {
    // Longer words are never near, and the table grows with the product of the lengths.
    let a = Array(left.utf8.prefix(100))
    let b = Array(right.utf8.prefix(100))
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
