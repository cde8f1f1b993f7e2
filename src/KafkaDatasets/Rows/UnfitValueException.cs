namespace KafkaDatasets.Rows;

/// <summary>Thrown for a valid value that does not fit the tensor that holds it; such a record is never skipped.</summary>
internal sealed class UnfitValueException(string message) : MalformedValueException(message);
