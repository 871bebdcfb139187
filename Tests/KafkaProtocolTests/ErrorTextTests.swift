import KafkaProtocol
import Testing

@Suite struct ErrorTextTests {
    @Test func `errors say what was done and why, then the error beneath, or else their kind`() {
        let beneath = KafkaProtocolError(.malformed, "3 bytes too many")
        #expect("\(beneath)" == "3 bytes too many (malformed)")
        let text = errorText("could not read t-0 offset 7", kind: "corrupt", beneath: beneath)
        #expect(text == "could not read t-0 offset 7: 3 bytes too many (malformed)")
        let answered = errorText("Topic 't' already exists.", kind: KafkaErrorCode.topicAlreadyExists)
        #expect(answered == "Topic 't' already exists (TOPIC_ALREADY_EXISTS)")
    }
}
