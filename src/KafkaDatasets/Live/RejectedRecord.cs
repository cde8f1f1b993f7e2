namespace KafkaDatasets.Live;

/// <summary>A record that could not be decoded.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Key">The bytes of its key, or null.</param>
/// <param name="Value">The bytes of its value.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Error">What is wrong with it.</param>
internal sealed record RejectedRecord(int Partition, long Offset, byte[]? Key, byte[] Value, IReadOnlyList<(string Name, byte[]? Value)> Headers, string Error);
