/// A first-in, first-out queue with cheap removal at the front.
struct FIFO<Element> {
    private var items: [Element?] = []
    private var head = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { head == items.count }
    var first: Element? { head < items.count ? items[head] : nil }

    mutating func append(_ element: Element) { items.append(element) }

    /// Puts `elements` in front of all others, in their order.
    mutating func prepend(contentsOf elements: [Element]) {
        items.replaceSubrange(0..<head, with: elements.map { Optional($0) })
        head = 0
    }

    mutating func popFirst() -> Element? {
        guard head < items.count, let element = items[head] else { return nil }
        items[head] = nil
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Takes out all elements.
    mutating func removeAll() -> [Element] {
        defer {
            items.removeAll()
            head = 0
        }
        return items[head...].compactMap { $0 }
    }

    func forEach(_ body: (Element) -> Void) {
        for case let element? in items[head...] { body(element) }
    }
}
