extension String {
    /// Java's order of strings: by UTF-16 code units.
    func comesBefore(_ other: String) -> Bool { utf16.lexicographicallyPrecedes(other.utf16) }

    /// Java's hash of a string.
    fileprivate var javaHash: UInt32 { utf16.reduce(0) { $0 &* 31 &+ UInt32($1) } }
}

/// Elements in the order in which a Java `HashMap` or `HashSet` that they were put into goes through them; `name` gives
/// what is hashed. The text of `describe()` depends on that order.
func javaHashOrder<Element>(_ elements: [Element], name: (Element) -> String) -> [Element] {
    var buckets = 16
    while elements.count * 4 > buckets * 3 { buckets *= 2 }
    let places = elements.map { element in
        let hash = name(element).javaHash
        return Int((hash ^ (hash >> 16)) & UInt32(buckets - 1))
    }
    return elements.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { elements[$0] }
}

/// A Java `TreeSet` of small numbers: a red-black tree. It matters because the reference fills such sets while the
/// order of their elements changes, so that where an element ends up depends on the shape of the tree.
struct JavaTreeSet {
    private struct Place {
        let element: Int
        var parent: Int?
        var left: Int?
        var right: Int?
        var isRed = true
    }

    private var places: [Place] = []
    private var root: Int?

    /// The elements from the first to the last.
    var elements: [Int] {
        var result: [Int] = []
        func visit(_ place: Int?) {
            guard let place else { return }
            visit(places[place].left)
            result.append(places[place].element)
            visit(places[place].right)
        }
        visit(root)
        return result
    }

    /// Puts an element in, unless the search for its place comes across it.
    mutating func insert(_ element: Int, _ precedes: (Int, Int) -> Bool) {
        var parent: Int?
        var next = root
        var isLeft = false
        while let place = next {
            guard places[place].element != element else { return }
            parent = place
            isLeft = precedes(element, places[place].element)
            next = isLeft ? places[place].left : places[place].right
        }
        places.append(Place(element: element, parent: parent))
        let added = places.count - 1
        guard let parent else {
            root = added
            places[added].isRed = false
            return
        }
        if isLeft { places[parent].left = added } else { places[parent].right = added }
        rebalance(from: added)
    }

    private mutating func rebalance(from added: Int) {
        var place = added
        while let parent = places[place].parent, places[parent].isRed, let grand = places[parent].parent {
            let isLeft = places[grand].left == parent
            if let uncle = isLeft ? places[grand].right : places[grand].left, places[uncle].isRed {
                places[parent].isRed = false
                places[uncle].isRed = false
                places[grand].isRed = true
                place = grand
                continue
            }
            if place == (isLeft ? places[parent].right : places[parent].left) {
                place = parent
                rotate(place, left: isLeft)
            }
            if let parent = places[place].parent { places[parent].isRed = false }
            places[grand].isRed = true
            rotate(grand, left: !isLeft)
        }
        if let root { places[root].isRed = false }
    }

    private mutating func rotate(_ place: Int, left: Bool) {
        guard let child = left ? places[place].right : places[place].left else { return }
        let moved = left ? places[child].left : places[child].right
        if left { places[place].right = moved } else { places[place].left = moved }
        if let moved { places[moved].parent = place }
        let parent = places[place].parent
        places[child].parent = parent
        if let parent {
            if places[parent].left == place { places[parent].left = child } else { places[parent].right = child }
        } else {
            root = child
        }
        if left { places[child].left = place } else { places[child].right = place }
        places[place].parent = child
    }
}
