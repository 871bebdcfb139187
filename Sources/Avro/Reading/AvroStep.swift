/// The way from a value to one in it.
enum AvroStep {
    /// The same value.
    case none
    /// A field of a record, by its place in the plan.
    case field(Int)
    case item(Int)
    case key(String)
}
