/// The file descriptors that a program's output and messages go to.
struct StandardStreams: Sendable {
    var output: Int32 = 1
    var messages: Int32 = 2

    /// Those of the process, unless a test gives others to the program that it runs.
    @TaskLocal static var current = StandardStreams()
}
