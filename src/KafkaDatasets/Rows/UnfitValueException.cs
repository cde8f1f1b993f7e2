namespace KafkaDatasets.Rows;

/// <summary>A value that is good, but not for the tensor that is to hold it: no record is left out for it.</summary>
internal sealed class UnfitValueException(string message) : MalformedValueException(message);
