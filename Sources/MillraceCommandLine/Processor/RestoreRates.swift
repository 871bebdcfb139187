internal import Millrace

/// How fast stores are being restored, and how long each will still take: by its mean speed so far.
struct RestoreRates {
    private struct Place: Hashable {
        let task: TaskID
        let store: String
    }

    private struct Mark {
        let time: ContinuousClock.Instant
        let records: Int64
    }

    /// What was first told of the stores that are being restored.
    private var first: [Place: Mark] = [:]

    /// Takes note that a store has so many of its records. Returns the rest of a sentence, ", 900,000 a second, 4 s left";
    /// nothing while the speed is not known.
    mutating func note(_ task: TaskID, _ store: String, records: Int64, of all: Int64, now: ContinuousClock.Instant) -> String {
        let place = Place(task: task, store: store)
        // Fewer than before: it was begun anew.
        guard let mark = first[place], mark.records <= records else {
            first[place] = Mark(time: now, records: records)
            return ""
        }
        let seconds = (now - mark.time) / .seconds(1)
        guard seconds > 0, records > mark.records else { return "" }
        let rate = (Double(records) - Double(mark.records)) / seconds
        let left = (Double(all) - Double(records)) / rate
        let timeLeft = left > 0 ? ", \(Figures.duration(.seconds(min(left, 1e15)))) left" : ""
        return ", \(Figures.count(Int64(min(rate, 1e15)))) a second\(timeLeft)"
    }

    /// Forgets a store that is complete.
    mutating func end(_ task: TaskID, _ store: String) { first[Place(task: task, store: store)] = nil }

    /// Forgets the stores of other tasks than these.
    mutating func keep(_ tasks: [TaskID]) { first = first.filter { tasks.contains($0.key.task) } }
}
