namespace KafkaDatasets.Rows;

/// <summary>Thrown when a value lacks a field that the dataset's schema requires, which may be because an older schema that wrote it does not have the field.</summary>
internal sealed class AbsentValueException(string message) : MalformedValueException(message);
