/// The pages of a shop with a blog and a manual, how popular they are and which links lead from one to another.
struct Site: Sendable {
    /// The paths, most popular first.
    let paths: [String]
    /// The share of views of each page and those before it (Zipf's law).
    private let shares: [Double]
    private let links: [[Int]]

    init(_ random: inout SeededRandom) {
        let entries = ["/", "/products", "/search?q=kettle", "/blog", "/docs", "/cart", "/checkout", "/about"]
        paths = entries + Self.lesserPages.shuffled(using: &random)

        var sum = 0.0
        let sums = paths.indices.map { rank in
            sum += 1 / Double(rank + 1)
            return sum
        }
        let shares = sums.map { $0 / sum }
        self.shares = shares
        // Popular pages are popular because many pages link to them.
        links = paths.map { _ in (0..<6).map { _ in Self.rank(of: random.unit(), in: shares) } }
    }

    /// Where a visit begins, or goes on by a bookmark or a search.
    func popularPage(_ random: inout SeededRandom) -> Int { Self.rank(of: random.unit(), in: shares) }

    /// A page that `page` links to.
    func linkedPage(from page: Int, _ random: inout SeededRandom) -> Int {
        links[page][random.below(links[page].count)]
    }

    /// Any page, as a crawler meets them.
    func anyPage(_ random: inout SeededRandom) -> Int { random.below(paths.count) }

    private static func rank(of share: Double, in shares: [Double]) -> Int {
        var low = 0
        var high = shares.count - 1
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] > share { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static let lesserPages: [String] = {
        let materials = [
            "copper", "oak", "linen", "steel", "glass", "wool", "clay", "brass", "walnut", "cotton", "slate",
        ]
        let things = ["kettle", "lamp", "bowl", "chair", "blanket", "knife", "mug", "clock", "basket", "shelf", "tray"]
        let products = materials.flatMap { material in things.map { "/products/\(material)-\($0)" } }
        let searches = things.map { "/search?q=\($0)" } + materials.map { "/search?q=\($0)" }
        let posts = things.map { "/blog/how-we-make-a-\($0)" } + materials.map { "/blog/all-about-\($0)" }
        let chapters = ["ordering", "shipping", "returns", "repairs", "warranty", "gift-cards", "accounts", "privacy"]
        let manual = chapters.flatMap { chapter in ["", "/faq", "/contact"].map { "/docs/\(chapter)\($0)" } }
        return products + searches.filter { $0 != "/search?q=kettle" } + posts + manual
    }()
}
