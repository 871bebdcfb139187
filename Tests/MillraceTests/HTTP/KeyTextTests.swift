import MillraceHTTP
import MillraceJSON
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct `Keys in paths` {
    @Test(arguments: [
        (KeyText.string, "caf\u{e9}", "\"caf\u{e9}\""), (.int32, "-7", "-7"), (.int64, "9007199254740993", "9007199254740993"),
        (.double, "1.5", "1.5"), (.json, "{\"a\": [1]}", "{\"a\": [1]}"), (.base64, "AP8=", "{\"base64\":\"AP8=\"}"),
    ])
    func `what is read is written as it was`(form: KeyText, text: String, json: String) throws {
        #expect(form.json(try form.bytes(of: text)).bytes.string == json)
    }

    @Test(arguments: [(KeyText.int32, "2147483648"), (.int64, "1.5"), (.int64, ""), (.double, "x"), (.base64, "a")])
    func `what is of another form is refused`(form: KeyText, text: String) {
        #expect(throws: HTTPFault.self) { try form.bytes(of: text) }
    }

    @Test(arguments: [KeyText.string, .int32, .int64, .double, .json])
    func `bytes that are not of the form are shown as base64`(form: KeyText) {
        #expect(form.json([0xff, 0xfe, 0x00]).bytes.string == "{\"base64\":\"//4A\"}")
    }

    @Test func `the form follows the type's name`() {
        #expect(KeyText(type: "String") == .string && KeyText(type: "Int64") == .int64 && KeyText(type: "Int32") == .int32)
        #expect(KeyText(type: "Double") == .double && KeyText(type: "Order") == .string && KeyText(type: nil) == .string)
    }
}
