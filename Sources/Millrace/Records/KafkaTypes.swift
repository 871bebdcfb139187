// Types of Kafka's records that topologies and serdes name, so that they need no import but this module's.
@_exported public import struct KafkaProtocol.ByteReader
@_exported public import struct KafkaProtocol.ByteWriter
@_exported public import struct KafkaProtocol.Bytes
@_exported public import struct KafkaProtocol.RecordHeader
