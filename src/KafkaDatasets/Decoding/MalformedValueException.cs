namespace KafkaDatasets.Decoding;

/// <summary>A value that is not what its schema says; the decoder adds where it is and throws a <see cref="RecordDecodingException"/>.</summary>
internal class MalformedValueException(string message) : Exception(message);
