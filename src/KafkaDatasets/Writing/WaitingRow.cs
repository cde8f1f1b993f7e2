namespace KafkaDatasets.Writing;

/// <summary>An encoded row whose call must wait.</summary>
/// <param name="value">Its value.</param>
/// <param name="key">Its key, or null for a record without one.</param>
/// <param name="isGiven">Whether librdkafka has already refused it, so that it must not be passed again.</param>
internal sealed class WaitingRow(byte[] value, byte[]? key, bool isGiven)
{
    public byte[] Value { get; } = value;

    public byte[]? Key { get; } = key;

    /// <summary>Whether the row is counted as passed to librdkafka.</summary>
    public bool IsGiven { get; set; } = isGiven;
}
