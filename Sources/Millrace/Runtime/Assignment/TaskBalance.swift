/// Gives each task a place, evenly: the tasks of each sub-topology, as some have more to do than others; then the stateful
/// ones; then all. Counts differ by one at most, in all three ways. What has a place keeps it as far as that allows.
///
/// Tasks move one by one, each move making the counts more even in the first of the three ways in which it changes anything,
/// so it comes to an end; and from a result there is no further move.
struct TaskBalance {
    private let tasks: [PlacedTask]
    private let memberCount: Int
    /// The place of each task.
    private(set) var places: [Int]
    private let homes: [Int?]
    /// By member: tasks of each sub-topology, stateful ones, all.
    private var groups: [[Int: Int]]
    private var stateful: [Int]
    private var all: [Int]

    /// `homes` has the member that holds a task, by task; `lag` says how far a member is behind with one.
    init(_ tasks: [PlacedTask], homes: [Int?], memberCount: Int, lag: (_ task: Int, _ member: Int) -> Int64) {
        self.tasks = tasks
        self.homes = homes
        self.memberCount = memberCount
        places = tasks.map { _ in 0 }
        groups = Array(repeating: [:], count: memberCount)
        stateful = Array(repeating: 0, count: memberCount)
        all = stateful
        guard memberCount > 0 else { return }
        for (task, home) in homes.enumerated() { if let home { put(task, at: home) } }
        let homeless = tasks.indices.filter { homes[$0] == nil }
        for task in homeless.filter({ tasks[$0].isStateful }) + homeless.filter({ !tasks[$0].isStateful }) {
            let best = (0..<memberCount).min { left, right in
                let (a, b) = (counts(task, left), counts(task, right))
                return a == b ? lag(task, left) < lag(task, right) : a < b
            }
            put(task, at: best ?? 0)
        }
        while let move = bestMove() { carryOut(move, lag) }
    }

    private typealias Counts = (group: Int, stateful: Int, all: Int)

    private func counts(_ task: Int, _ member: Int) -> Counts {
        let isStateful = tasks[task].isStateful
        return (groups[member][tasks[task].id.subTopology] ?? 0, isStateful ? stateful[member] : 0, all[member])
    }

    private mutating func put(_ task: Int, at member: Int) {
        places[task] = member
        count(task, member, 1)
    }

    private mutating func count(_ task: Int, _ member: Int, _ change: Int) {
        groups[member][tasks[task].id.subTopology, default: 0] += change
        if tasks[task].isStateful { stateful[member] += change }
        all[member] += change
    }

    private struct Move {
        let subTopology: Int
        let from: Int
        let to: Int
    }

    /// The move that makes counts most even; nil if none does.
    private func bestMove() -> Move? {
        var best: (gain: Counts, move: Move)?
        for (subTopology, isStateful) in subTopologies {
            for from in 0..<memberCount {
                guard let here = groups[from][subTopology], here > 0 else { continue }
                for to in 0..<memberCount where to != from {
                    let gain: Counts = (
                        (groups[to][subTopology] ?? 0) - here + 1, isStateful ? stateful[to] - stateful[from] + 1 : 0,
                        all[to] - all[from] + 1
                    )
                    guard gain < (0, 0, 0), best.map({ gain < $0.gain }) ?? true else { continue }
                    best = (gain, Move(subTopology: subTopology, from: from, to: to))
                }
            }
        }
        return best?.move
    }

    private var subTopologies: [(Int, Bool)] {
        Dictionary(tasks.map { ($0.id.subTopology, $0.isStateful) }, uniquingKeysWith: { $0 || $1 })
            .sorted { $0.key < $1.key }
    }

    /// Of the tasks that could move goes one that nobody holds, if there is one, then one with which the taker is least behind.
    private mutating func carryOut(_ move: Move, _ lag: (Int, Int) -> Int64) {
        let candidates = tasks.indices.filter {
            places[$0] == move.from && tasks[$0].id.subTopology == move.subTopology
        }
        let chosen = candidates.min { left, right in
            let (a, b) = (homes[left] == move.from, homes[right] == move.from)
            if a != b { return !a }
            let (behind, other) = (lag(left, move.to), lag(right, move.to))
            return behind == other ? tasks[left].id > tasks[right].id : behind < other
        }
        guard let chosen else { return }
        count(chosen, move.from, -1)
        put(chosen, at: move.to)
    }
}
